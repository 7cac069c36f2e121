package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
)

// startNginx runs nginx with the http block of its configuration, in a folder of its own, and waits
// until it serves.
func startNginx(t *testing.T, http string) *process {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx" // where Debian has it, which is not on everybody's PATH
		if _, err := os.Stat(nginx); err != nil {
			t.Skip("nginx is not installed: apt-get install nginx")
		}
	}
	dir, who := t.TempDir(), ""
	if os.Getuid() == 0 {
		who = "user " + webUser(t).Username + ";"
	}
	conf := fmt.Sprintf(`%s
daemon off;
pid nginx.pid;
error_log stderr notice;
worker_processes 1;
worker_rlimit_nofile 8192;
events { worker_connections 8192; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
%s
}
`, who, http)
	writeTree(t, filepath.Join(dir, "nginx.conf"), []byte(conf), 0o644)
	p, err := startCommand(dir, os.Environ(), []string{nginx, "-p", dir, "-c", "nginx.conf", "-e", "stderr"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // a killed master would leave its worker behind
		if _, err := p.exitCode(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("[nginx]\n%s", p.log())
		}
	})
	if _, err := p.findNew("start worker process "); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return p
}

// freePorts are tried one after the other, from one that differs from run to run. The system gives none of
// them to who asks for any.
var freePorts atomic.Uint32

func init() { freePorts.Store(20000 + rand.Uint32N(10000)) }

// freeAddr is an address that nobody listens on, and that nobody else is given.
func freeAddr(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", freePorts.Add(1)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
}
