package main

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestLocalhostIsBothLoopbackAddressesOnOnePort(t *testing.T) {
	other, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	defer other.Close()
	ls, err := listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if len(ls) != 2 || ls[0].Addr().(*net.TCPAddr).Port != ls[1].Addr().(*net.TCPAddr).Port || !onLoopback(ls) {
		t.Errorf("got %v, want 127.0.0.1 and ::1 on one port", ls)
	}
	closeAll(ls)

	// Somebody else on one of the two would get half of the clients.
	_, port, _ := net.SplitHostPort(other.Addr().String())
	if ls, err := listen("localhost:" + port); !errors.Is(err, syscall.EADDRINUSE) {
		closeAll(ls)
		t.Errorf("got %v, want the port to be in use", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Errorf("the other half was left open: %v", err)
	} else {
		l.Close()
	}
}

func TestOnlyLoopbackListenersAreLocal(t *testing.T) {
	for _, tt := range []struct {
		address string
		want    bool
	}{{"127.0.0.1:0", true}, {"127.1.2.3:0", true}, {"0.0.0.0:0", false}, {":0", false}} {
		ls, err := listen(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := onLoopback(ls); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.address, got, tt.want)
		}
		closeAll(ls)
	}
}

func TestListenErrorsSayWhatToDo(t *testing.T) {
	s := &settings{from: map[string]string{"listen": "--port"}}
	of := func(err error) error {
		return &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", err)}
	}
	for _, tt := range []struct {
		name, address string
		err           error
		want, hint    string
	}{
		{"in use", "localhost:9998", of(syscall.EADDRINUSE), "--port: port 9998 is in use on localhost", "wshd -p 9999"},
		{"the proposed one", ":9999", of(syscall.EADDRINUSE), "--port: port 9999 is in use on this machine", "wshd -p 9998"},
		{"not allowed", "localhost:80", of(syscall.EACCES), "--port: listen on localhost:80: permission denied", "ports below 1024"},
		{"not ours", "192.0.2.1:80", of(syscall.EADDRNOTAVAIL), "--port: listen on 192.0.2.1:80: cannot assign requested address", "-H 0.0.0.0"},
		{"unknown", "nowhere:80", &net.DNSError{Name: "nowhere"}, `--port: listen on nowhere:80: the host name "nowhere" is unknown`, "-H takes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := listenError(s, tt.address, tt.err)
			var h *hintedError
			if !errors.As(err, &h) || err.Error() != tt.want || !strings.Contains(h.hint, tt.hint) {
				t.Errorf("got %v (%+v), want %s", err, h, tt.want)
			}
		})
	}
}
