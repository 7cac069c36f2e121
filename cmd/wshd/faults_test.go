package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestOutOfDescriptors takes wshd's file descriptors away, lets clients knock until one is not let
// in, and lets them go.
func TestOutOfDescriptors(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	var was unix.Rlimit
	few := uint64(v.count() + 10)
	if err := unix.Prlimit(v.cmd.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: few, Max: few}, &was); err != nil {
		t.Fatal(err)
	}
	var crowd []net.Conn
	for range 30 { // the kernel takes them all into its queue
		nc, err := v.raw()
		if err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, nc)
	}
	v.logs(`level=ERROR msg="cannot accept" addr=\S+ err=".*too many open files" reason="out of file descriptors`)
	v.echoes(v.steady)
	for _, nc := range crowd {
		nc.Close()
	}
	v.logs(`msg="accepting again"`)
	v.unharmed()
	if n := strings.Count(v.log(), "cannot accept"); n != 1 {
		t.Errorf("said %d times that it cannot accept, want once", n)
	}
}

// TestHandlerRootGoesAndComesBack moves the root away, as an unmounted volume is, and back.
func TestHandlerRootGoesAndComesBack(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	root := filepath.Join(v.dir, "handlers")
	if err := os.Rename(root, root+" away"); err != nil {
		t.Fatal(err)
	}
	v.logs(`level=WARN .*handlers`)
	v.unharmed()
	v.answers("handlers away", "back")
	if err := os.Rename(root+" away", root); err != nil {
		t.Fatal(err)
	}
	v.isAnswered("back", 2)
	v.unharmed()
}

// TestSlowHandshakes lets clients begin a request and never end it: slow loris.
func TestSlowHandshakes(t *testing.T) {
	v := newVictim(t, nil, "--limits-handshake-timeout", "300ms")
	v.ready(v.listening(v.process))
	var slow sync.WaitGroup
	for range 200 {
		slow.Go(func() {
			nc, err := v.raw()
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			fmt.Fprintf(nc, "GET /echo HTTP/1.1\r\nHost: x\r\nX: ")
			_, _ = io.Copy(io.Discard, nc) // until it is thrown out
		})
	}
	v.echoes(v.steady)
	slow.Wait()
	v.unharmed()
}

// TestGarbage opens ten thousand connections that send nonsense: half of them to the HTTP side, half
// after an opening handshake.
func TestGarbage(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	const connections, atOnce = 10_000, 50
	var clients sync.WaitGroup
	for worker := range atOnce {
		clients.Go(func() {
			random := rand.NewChaCha8([32]byte{byte(worker)})
			for n := range connections / atOnce {
				if err := v.rubbish(random, n%2 == 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	v.unharmed()
}

// rubbish connects and sends nonsense.
func (v *victim) rubbish(random io.Reader, open bool) (err error) {
	var nc net.Conn
	if open {
		nc, _, err = v.opened("/echo")
	} else {
		nc, err = v.raw()
	}
	if err != nil {
		return err
	}
	_, _ = io.CopyN(nc, random, 4096) // it may be thrown out in the middle
	return nc.Close()
}

// TestFilesAreOfOtherTimes saves handlers with times that are decades back and ahead.
func TestFilesAreOfOtherTimes(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	file := filepath.Join(v.dir, "handlers", "room_wsh.go")
	for i, year := range []int{1980, 2090, 2010} {
		text := roomScript + strings.Repeat("\n// saved again", i+1)
		if err := os.WriteFile(file+"~", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(file+"~", at, at); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+"~", file); err != nil {
			t.Fatal(err)
		}
		v.logs(fmt.Sprintf(`msg="handler reloaded" script=room_wsh.go resource=/room version=%d`, i+2))
		v.echoes(v.steady)
	}
	_ = v.dial("/room").CloseNow()
	v.unharmed()
}
