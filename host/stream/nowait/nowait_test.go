//go:build unix

package nowait

import (
	"bytes"
	"fmt"
	"sync"
	"syscall"
	"testing"
)

// pair is two connected sockets that do not block.
func pair(t *testing.T) (a, b int) {
	t.Helper()
	p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range p {
		t.Cleanup(func() { syscall.Close(fd) })
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
	}
	return p[0], p[1]
}

// everyWay runs f as the system has it, and then as it is without rings.
func everyWay(t *testing.T, f func(t *testing.T)) {
	t.Run("as it is", f)
	t.Run("without rings", func(t *testing.T) {
		var taken []*ring
		for r := take(); r != nil; r = take() {
			taken = append(taken, r)
		}
		t.Logf("this system has %d", len(taken))
		f(t)
		for _, r := range taken {
			r.spare()
		}
	})
}

func TestEachWritesWhatEachSocketTakes(t *testing.T) {
	everyWay(t, func(t *testing.T) {
		long := bytes.Repeat([]byte("long "), 1<<20) // more than a socket takes
		for _, n := range []int{0, 1, 2, 31, 32, 33, 100} {
			ws, ends := make([]Writing, n), make([]int, n)
			for i := range ws {
				var fd int
				fd, ends[i] = pair(t)
				ws[i] = Writing{FD: uintptr(fd), P: fmt.Appendf(nil, "this is for %d", i), N: 99}
				switch i % 10 {
				case 3:
					ws[i].FD = None
				case 5:
					ws[i].P = long
				case 7: // full
					for err := error(nil); err == nil; _, err = syscall.Write(fd, long[:4096]) {
					}
				case 8:
					syscall.Shutdown(ends[i], syscall.SHUT_RDWR)
				}
			}
			Each(ws)
			for i, w := range ws {
				got := make([]byte, len(w.P)+1)
				switch i % 10 {
				case 3, 7, 8:
					if w.N != 0 {
						t.Errorf("%d of %d: got %d, want 0", i, n, w.N)
					}
				case 5:
					if w.N <= 0 || w.N >= len(long) {
						t.Errorf("%d of %d: got %d, want some of %d", i, n, w.N, len(long))
					}
					if m, _ := syscall.Read(ends[i], got); !bytes.HasPrefix(long, got[:max(m, 0)]) {
						t.Errorf("%d of %d: got other bytes", i, n)
					}
				default:
					m, err := syscall.Read(ends[i], got)
					if err != nil || w.N != len(w.P) || !bytes.Equal(got[:m], w.P) {
						t.Errorf("%d of %d: wrote %d, got %q %v, want %q", i, n, w.N, got[:max(m, 0)], err, w.P)
					}
				}
			}
		}
	})
}

// Whoever meets others takes another ring, or none.
func TestManyWriteAtOnce(t *testing.T) {
	everyWay(t, func(t *testing.T) {
		var all sync.WaitGroup
		for g := range 8 {
			all.Go(func() {
				fd, end := pair(t)
				other, otherEnd := pair(t)
				got := make([]byte, 100)
				for i := range 200 {
					want := fmt.Appendf(nil, "%d of %d", i, g)
					Each([]Writing{{FD: uintptr(fd), P: want}, {FD: uintptr(other), P: want}})
					for _, from := range []int{end, otherEnd} {
						if n, err := syscall.Read(from, got); err != nil || !bytes.Equal(got[:n], want) {
							t.Errorf("got %q %v, want %q", got[:max(n, 0)], err, want)
							return
						}
					}
				}
			})
		}
		all.Wait()
	})
}
