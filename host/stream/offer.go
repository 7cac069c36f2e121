package stream

import (
	"sync"

	"wshd/host/stream/nowait"
	"wshd/plugins/wsh"
)

// Offer is Deliver to all of to, some dozens at most, that waits for none of them. taken tells to whom m
// has been sent, or will be as soon as a goroutine of the stream's gets to run; to the others no byte of
// it has been. Where the system can, one system call writes to all that are plain sockets; their turns to
// write are held meanwhile.
func Offer(m *wsh.Outgoing, to []wsh.Stream, taken []bool) {
	b := batches.Get().(*batch)
	defer b.spare()
	for i, s := range to {
		if c, ok := s.(*Conn); ok && c.beginOffer(len(m.Frame)) {
			b.offers = append(b.offers, offer{c, c.shared(m), i})
		}
	}
	b.write()
	clear(taken)
	for i, o := range b.offers {
		taken[o.to] = o.conn.endOffer(m, o.frame, b.writings[i].N)
	}
}

// beginOffer takes the turn to write, if a frame of this size may be written at once.
func (c *Conn) beginOffer(size int) bool {
	if !c.out.turn.try() {
		return false
	}
	o := &c.out
	if c.raw == nil || size > stride || o.begun || o.held != nil || c.refuses() != nil || c.narrow() {
		c.unlock()
		return false
	}
	return true
}

// endOffer gives the turn back, when TCP has taken n bytes of p, the frame of m. It reports whether the
// rest, if there is one, will be written.
func (c *Conn) endOffer(m *wsh.Outgoing, p []byte, n int) bool {
	defer c.unlock()
	if n == 0 {
		return false
	}
	c.delivered(m)
	if n < len(p) { // TCP is full in the middle of a frame
		o := &c.out
		b := o.holding()
		*b = append(*b, p[n:]...)
		if !c.startFlush() {
			o.torn = errEnded
		}
	}
	return true
}

// batch is a frame on its way to many connections, whose turns to write are held.
type batch struct {
	offers   []offer
	writings []nowait.Writing // one for each of the first offers, whose descriptors are known

	enter func(fd uintptr) // entered, as a value made once: passing it allocates nothing
}

type offer struct {
	conn  *Conn
	frame []byte
	to    int
}

var batches = sync.Pool{New: func() any {
	b := new(batch)
	b.enter = b.entered
	return b
}}

func (b *batch) spare() {
	clear(b.offers)
	clear(b.writings)
	b.offers, b.writings = b.offers[:0], b.writings[:0]
	batches.Put(b)
}

// write finds the descriptors of the offers that have none yet, and then has all written. A descriptor is
// good only within the call that it comes with, so each of these calls is within the one before.
func (b *batch) write() {
	if len(b.writings) == len(b.offers) {
		nowait.Each(b.writings)
		return
	}
	if err := b.offers[len(b.writings)].conn.raw.Control(b.enter); err != nil {
		b.entered(nowait.None) // it has been closed
	}
}

func (b *batch) entered(fd uintptr) {
	b.writings = append(b.writings, nowait.Writing{FD: fd, P: b.offers[len(b.writings)].frame})
	b.write()
}
