package nowait

import (
	"syscall"
	"testing"
)

func TestARingThatFailsIsNotUsedAgain(t *testing.T) {
	r := take()
	if r == nil {
		t.Log("this system has no rings")
		return
	}
	if err := syscall.Close(int(r.fd)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if fresh, err := newRing(); err == nil { // for the tests that follow
			fresh.spare()
		}
	}()
	r.fd = 1 << 30 // that nobody has
	fd, end := pair(t)
	ws := []Writing{{FD: uintptr(fd), P: []byte("x")}, {FD: uintptr(fd), P: []byte("y")}}
	r.send(ws)
	if ws[0].N != 0 || ws[1].N != 0 || r.fd != None {
		t.Errorf("got %v of ring %d, want nothing written and no ring", ws, r.fd)
	}
	before := len(rings())
	r.spare()
	if len(rings()) != before {
		t.Error("it can be taken again")
	}
	Each(ws)
	got := make([]byte, 9)
	if n, err := syscall.Read(end, got); err != nil || string(got[:n]) != "xy" {
		t.Errorf("got %q %v, want xy", got[:max(n, 0)], err)
	}
}

func TestFilteredSystemCalls(t *testing.T) {
	for status, want := range map[string]bool{
		"NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n": false,
		"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n": true,
		"Name:\twshd\n": true,
	} {
		if got := filtered([]byte(status)); got != want {
			t.Errorf("%q: got %v, want %v", status, got, want)
		}
	}
}
