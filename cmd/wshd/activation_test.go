package main

import (
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pass opens a socket and passes it to each wshd that is started from then on, as systemd does for a
// socket unit: pass NAME unix:FILE, or pass NAME tcp, which sets the variable NAME to the port. It
// stays open while no wshd runs.
func pass(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pass NAME tcp|unix:FILE")
	}
	network, address := args[1], "127.0.0.1:0"
	if file, ok := strings.CutPrefix(args[1], "unix:"); ok {
		network, address = "unix", ts.MkAbs(file)
	}
	l, err := net.Listen(network, address)
	ts.Check(err)
	defer l.Close()
	if network == "unix" {
		l.(*net.UnixListener).SetUnlinkOnClose(false)
	} else {
		setPort(ts, args[0], l.Addr().String())
	}
	f, err := l.(interface{ File() (*os.File, error) }).File()
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	s := stateOf(ts)
	s.passed, s.names = append(s.passed, f), append(s.names, args[0])
}

// activate starts a wshd that is told of the sockets: its process id must be known before it runs, so
// a shell becomes wshd.
func (s *state) activate(dir string, env, args []string) (*process, error) {
	env = append(env, "LISTEN_FDS="+strconv.Itoa(len(s.names)), "LISTEN_FDNAMES="+strings.Join(s.names, ":"))
	shell := []string{"/bin/sh", "-c", `LISTEN_PID=$$ exec wshd "$@"`, "sh"}
	return startCommand(dir, env, append(shell, args...), s.passed...)
}
