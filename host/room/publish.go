package room

import (
	"container/list"
	"fmt"
	"runtime"
	"sync"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// Publish sends a copy of m to every member, and waits for none of them: who cannot take it now gets it
// from a queue. With more set all do, since another Publish follows at once and what is queued for a member
// goes out together. Text that is not UTF-8 is ErrBadOperation, and after Close everything is ErrClosed. A
// room without members is no error.
func (h *Hub) Publish(name string, m wsh.Message, more bool) error {
	if !m.Binary && !utf8.Valid(m.Data) {
		return fmt.Errorf("publish to %q: %w: text is not UTF-8", name, wsh.ErrBadOperation)
	}
	h.mu.RLock()
	r, closed := h.rooms[name], h.closed
	h.mu.RUnlock()
	if closed {
		return fmt.Errorf("publish to %q: %w", name, wsh.ErrClosed)
	}
	if r == nil {
		return nil
	}
	for _, s := range r.publish(wsh.NewOutgoing(m), h.offering(!more)) {
		h.overflowed.Add(1)
		s.Fail(wsh.StatusTryAgainLater, "")
	}
	return nil
}

// offer is Hub.Offer; nil: what is published is queued.
type offer func(m *wsh.Outgoing, to wsh.Stream) bool

func (h *Hub) offering(now bool) offer {
	if now {
		return h.Offer
	}
	return nil
}

// publish gives m to every member, and returns those to be closed for being too slow. Publishers that
// meet queue, so that what they publish goes out together and they do not wait for each other's writing.
func (r *room) publish(m *wsh.Outgoing, offer offer) (slow []wsh.Stream) {
	if !r.mu.TryLock() {
		r.waiting.Add(1)
		r.mu.Lock()
		r.waiting.Add(-1)
		offer = nil
	}
	defer r.mu.Unlock()
	parts := 1
	if r.waiting.Load() > 0 {
		offer = nil
	}
	if offer != nil { // each member costs the kernel some microseconds
		parts = max(1, min(runtime.GOMAXPROCS(0), r.seats.Len()/leastPart))
	}
	size := (r.seats.Len() + parts - 1) / parts
	found := make([][]wsh.Stream, parts)
	var others sync.WaitGroup
	e := r.seats.Front()
	for i := range parts - 1 {
		first := e
		others.Go(func() { found[i] = give(first, size, m, offer) })
		for range size {
			e = e.Next()
		}
	}
	found[parts-1] = give(e, size, m, offer)
	others.Wait()
	for _, some := range found {
		slow = append(slow, some...)
	}
	return slow
}

// leastPart is how many members are worth another processor.
const leastPart = 128

// give gives m to n members from e on, and returns those to be closed for being too slow.
func give(e *list.Element, n int, m *wsh.Outgoing, offer offer) (slow []wsh.Stream) {
	for ; e != nil && n > 0; e, n = e.Next(), n-1 {
		t := e.Value.(*seat)
		if !t.out.push(t, m, offer) {
			slow = append(slow, t.out.stream)
		}
	}
	return slow
}
