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
type offer func(m *wsh.Outgoing, to []wsh.Stream, taken []bool)

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

// give gives m to n members from e on.
func give(e *list.Element, n int, m *wsh.Outgoing, offer offer) (slow []wsh.Stream) {
	var some some
	for ; e != nil && n > 0; e, n = e.Next(), n-1 {
		t := e.Value.(*seat)
		if offer == nil || !some.add(t) {
			some.later = append(some.later, t)
		}
		if some.n == len(some.seats) {
			slow = some.send(m, offer, slow)
		}
	}
	return some.send(m, offer, slow)
}

// together is how many members are offered a message at one time: a system call is made for all of them,
// and their outboxes are locked meanwhile.
const together = 32

// some are members that get a message together.
type some struct {
	seats [together]*seat      // their outboxes are locked, and empty
	to    [together]wsh.Stream // their streams
	taken [together]bool
	n     int
	later []*seat // those that have to be given it one by one
}

// add takes t in, if its outbox is empty and nobody else has it. It does not wait: who has that may be
// waiting for another of these.
func (s *some) add(t *seat) bool {
	o := t.out
	if !o.mu.TryLock() {
		return false
	}
	if o.running || o.ended {
		o.mu.Unlock()
		return false
	}
	s.seats[s.n], s.to[s.n] = t, o.stream
	s.n++
	return true
}

// send gives m to all of them, and adds to slow those to be closed for being too slow.
func (s *some) send(m *wsh.Outgoing, offer offer, slow []wsh.Stream) []wsh.Stream {
	if s.n > 0 {
		offer(m, s.to[:s.n], s.taken[:s.n])
	}
	for i, t := range s.seats[:s.n] {
		if !s.taken[i] {
			t.out.queue(t, m) // which is empty, and takes it
		}
		t.out.mu.Unlock()
	}
	for _, t := range s.later {
		if !t.out.push(t, m) {
			slow = append(slow, t.out.stream)
		}
	}
	s.n, s.later = 0, s.later[:0]
	return slow
}
