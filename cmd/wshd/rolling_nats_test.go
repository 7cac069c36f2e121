package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// long is for what takes long: .ci/run full, or go test -long.
var long = flag.Bool("long", false, "try with more clients, and for longer")

// The script sends each publication behind its id, and tells who publishes that it is kept.
const followScript = `//go:build ignore

package main

import (
	"errors"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func RenderPublication(p wsh.Publication) wsh.Message { return wsh.Text(p.ID + " " + p.Message.Text()) }

func TransferData(r *wsh.Request) error {
	var room *wsh.Room
	var err error
	if q := r.URL.Query(); q.Has("after") {
		room, err = r.JoinAfter(q.Get("room"), q.Get("after"))
	} else {
		room, err = r.JoinLast(q.Get("room"), 0)
	}
	if errors.Is(err, wsh.ErrForgotten) {
		return &wsh.CloseError{Code: 4404, Reason: "forgotten"}
	}
	if err != nil {
		return err
	}
	if err := r.SendText("joined"); err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error {
		if err := room.Publish(m); err != nil {
			return err
		}
		return r.SendText("kept " + m.Text())
	})
}
`

const followProxy = `
	upstream wshd {
		server %s max_fails=0;
		server %s max_fails=0;
		server %s max_fails=0;
	}
	server {
		listen %s;
		location / {
			proxy_pass http://wshd;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection upgrade;
			proxy_next_upstream error timeout http_503;
		}
	}
`

// TestRollingRestartOverNATS has members on three hosts that share a NATS server, behind nginx, and one publisher in
// each room. The hosts are begun anew one after the other, the last by a kill. Whoever loses its host comes back,
// to any of them, with the id of what it was sent last. In the end all have been sent the same, in the same order,
// and all that was acknowledged is there, once.
func TestRollingRestartOverNATS(t *testing.T) {
	members, rooms := 300, 10
	if *long {
		members, rooms = 3000, 30
	}
	_, server := startNATS(t)
	addrs, front := []string{freeAddr(t), freeAddr(t), freeAddr(t)}, freeAddr(t)
	startNginx(t, fmt.Sprintf(followProxy, addrs[0], addrs[1], addrs[2], front))
	dir := t.TempDir()
	writeTree(t, filepath.Join(dir, "follow_wsh.go"), []byte(followScript), 0o644)
	start := func(addr string) *process {
		return startHost(t, dir, addr, "--rooms-nats-servers", server, "--rooms-history", "{'*': {messages: 100000}}")
	}
	var hosts []*process
	for _, addr := range addrs {
		hosts = append(hosts, start(addr))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*waitLimit)
	if *long {
		ctx, cancel = context.WithTimeout(t.Context(), 20*waitLimit)
	}
	defer cancel()
	f := &followers{ctx: ctx, front: front, moved: make(chan struct{}, 1), begin: make(chan struct{}), stop: make(chan struct{}),
		records: make([]record, rooms)}
	var following sync.WaitGroup
	for i := range members {
		following.Go(func() { f.follow(i%rooms, i < rooms) })
	}
	f.await(t, members)
	close(f.begin)
	for i, addr := range addrs {
		before := f.published(t, 10*rooms)
		if last := i == len(addrs)-1; last {
			hosts[i].stop()
		} else if err := hosts[i].cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		} else if code, err := hosts[i].exitCode(); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v\n%s", code, err, hosts[i].log())
		}
		hosts[i] = start(addr)
		f.await(t, members)
		if now := f.published(t, 10*rooms); now < before+10*rooms {
			t.Errorf("%d publications were acknowledged, and only %d after a restart", before, now)
		}
	}
	close(f.stop)
	following.Wait()
	f.check(t, members)
}

// startNATS runs the program nats-server, of the module that wshd is built with. It returns it, and its address.
func startNATS(t *testing.T, args ...string) (p *process, server string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "nats-server")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	host, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err = startCommand(t.TempDir(), os.Environ(), append([]string{program, "-a", host, "-p", port, "-js", "-sd", t.TempDir()}, args...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	if _, err := p.find("Server is ready"); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return p, "nats://" + net.JoinHostPort(host, port)
}
