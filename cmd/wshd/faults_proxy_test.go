package main

import (
	"fmt"
	"strconv"
	"syscall"
	"testing"
)

// TestProxyDies kills nginx's worker with a hundred connections through it.
func TestProxyDies(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	front := freeAddr(t)
	nginx := startNginx(t, fmt.Sprintf(`
	server {
		listen %s;
		location / {
			proxy_pass http://%s;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection upgrade;
		}
	}
`, front, v.addr))
	through := &victim{process: v.process, t: t, ctx: v.ctx, addr: front}
	for range 100 {
		through.echoes(through.dial("/echo"))
	}
	worker, err := nginx.find(`start worker process (\d+)`)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(worker)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	v.unharmed()
	if _, err := nginx.findNew(`start worker process`); err != nil {
		t.Fatal(err)
	}
	through.echoes(through.dial("/echo"))
}
