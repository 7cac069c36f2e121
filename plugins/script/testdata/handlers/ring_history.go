// > a%r
// < 1: a%r
// > b%d
// < 2: a%r b%d
// > c
// < 3: a%r b%d c
// > d
// < 3: b%d c d
// > reset
// < 0:
package main

import (
	"fmt"
	"strings"
	"sync"

	"wshd/plugins/wsh"
)

type ring[T any] struct {
	mu   sync.RWMutex
	buf  [3]T
	next int
	full bool
}

func (r *ring[T]) add(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf[r.next] = v
	r.next = (r.next + 1) % len(r.buf)
	r.full = r.full || r.next == 0
}

func (r *ring[T]) all() []T {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.full {
		return append([]T(nil), r.buf[:r.next]...)
	}
	return append(append(make([]T, 0, len(r.buf)), r.buf[r.next:]...), r.buf[:r.next]...)
}

var histories sync.Map

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	key := r.Resource
	h, _ := histories.LoadOrStore(key, new(ring[string]))
	mine := h.(*ring[string])
	return r.Each(func(m wsh.Message) error {
		if m.Is("reset") {
			histories.Delete(key)
			mine = &ring[string]{}
			histories.Store(key, mine)
		} else {
			mine.add(m.Text())
		}
		all := mine.all()
		return r.SendText(strings.TrimSpace(fmt.Sprintf("%d: %s", len(all), strings.Join(all, " "))))
	})
}
