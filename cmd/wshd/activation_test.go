package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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

// TestClientsWaitWhileWshdIsRestarted connects to a socket of systemd's while no wshd runs. The kernel
// takes the connection, and the next wshd answers it.
func TestClientsWaitWhileWshdIsRestarted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &state{passed: []*os.File{f}, names: []string{"web"}}
	start := func() *process {
		p, err := s.activate("testdata/behind", os.Environ(), []string{"-w", "handlers", "--listen", "systemd"})
		if err == nil {
			t.Cleanup(p.stop)
			_, err = p.findNew("^wshd serves ")
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := p.exitCode(); code != 0 || err != nil {
		t.Fatalf("got exit %d, %v", code, err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(waitLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /rooms/echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	start()
	if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("got %v, %v, want 101", answer, err)
	}
}
