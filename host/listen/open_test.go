package listen

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// open opens addresses that speak no TLS.
func open(t *testing.T, texts ...string) ([]*Listener, error) {
	t.Helper()
	var list []Address
	for _, text := range texts {
		a, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	ls, err := Open(list, make([]*tls.Config, len(list)), &Passed{}, nil)
	t.Cleanup(func() { Close(ls) })
	return ls, err
}

func mustOpen(t *testing.T, texts ...string) []*Listener {
	t.Helper()
	ls, err := open(t, texts...)
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

func TestLocalhostIsBothLoopbackAddressesOnOnePort(t *testing.T) {
	other, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	defer other.Close()
	ls := mustOpen(t, "localhost:0")
	if len(ls) != 2 || ls[0].Addr().(*net.TCPAddr).Port != ls[1].Addr().(*net.TCPAddr).Port || !Local(ls) {
		t.Errorf("got %v, want 127.0.0.1 and ::1 on one port", ls)
	}

	// Somebody else on one of the two would get half of the clients.
	_, port, _ := net.SplitHostPort(other.Addr().String())
	if _, err := open(t, "localhost:"+port); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v, want the port to be in use", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Errorf("the other half was left open: %v", err)
	} else {
		l.Close()
	}
}

func TestAllAddressesAreOpenedOrNone(t *testing.T) {
	file := t.TempDir() + "/a.sock"
	first := mustOpen(t, "127.0.0.1:0")[0]
	_, err := open(t, "unix:"+file, first.Addr().String())
	var e *Error
	if !errors.As(err, &e) || e.Address.Name != first.Addr().String() || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v, want an error of the second address", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first was left open: %v", err)
	}
}

func TestOnlyLoopbackListenersAreLocal(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		addresses string
		want      bool
	}{
		{"127.0.0.1:0", true}, {"127.1.2.3:0", true}, {"0.0.0.0:0", false}, {":0", false},
		{"unix:" + dir + "/a", false}, {"127.0.0.1:0 unix:" + dir + "/b", false},
	} {
		if got := Local(mustOpen(t, strings.Fields(tt.addresses)...)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.addresses, got, tt.want)
		}
	}
}

func TestRedirectsGoToTheFirstListenerWithTLS(t *testing.T) {
	plain := Address{Network: "tcp", Name: "127.0.0.1:0"}
	redirect, elsewhere := plain, plain
	redirect.Redirect, elsewhere.Redirect = "https", "https://example.com"
	ls, err := Open([]Address{redirect, elsewhere, plain, plain}, []*tls.Config{nil, nil, nil, {}}, &Passed{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(ls)
	_, port, _ := net.SplitHostPort(ls[3].Addr().String())
	for i, want := range []string{"https:" + port, "https://example.com", "", ""} {
		if got := ls[i].RedirectTo(); got != want {
			t.Errorf("listener %d: got %q, want %q", i, got, want)
		}
	}
	if ls[2].Secure || !ls[3].Secure {
		t.Errorf("got TLS %v and %v, want it for the last only", ls[2].Secure, ls[3].Secure)
	}
}
