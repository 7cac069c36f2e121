package room

import (
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// keep is how many slots an empty queue keeps for the next message.
const keep = 8

// outbox is what waits to be sent to one connection, from all its rooms. While it holds something a
// goroutine delivers it.
type outbox struct {
	hub    *Hub
	stream wsh.Stream
	run    func() // deliver, as a value made once: starting it allocates nothing
	refs   int    // guarded by Hub.mu: seats, and joins and leaves under way

	mu      sync.Mutex
	ring    []slot // a power of two; from head on, n are in use
	head, n int
	bytes   int // that what is in the ring weighs
	running bool
	ended   bool // takes nothing more: the stream has ended, or was too slow, or the hub closed
}

// slot is one message on its way to one seat. Members share the message.
type slot struct {
	seat *seat
	m    *wsh.Outgoing
}

// slotWeight is about what a queued message takes besides its payload.
const slotWeight = 128

// weight is what a message in a queue counts for.
func weight(m *wsh.Outgoing) int { return slotWeight + len(m.Data) }

func newOutbox(h *Hub, s wsh.Stream) *outbox {
	o := &outbox{hub: h, stream: s}
	o.run = o.deliver
	return o
}

// push offers m to the stream, unless offer is nil or messages wait before it; otherwise it queues m for t and
// sees to it that it is delivered. It returns false once: when the connection is to be closed because it
// cannot keep up.
func (o *outbox) push(t *seat, m *wsh.Outgoing, offer offer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || offer != nil && !o.running && offer(m, o.stream) {
		return true
	}
	for o.full(weight(m)) {
		if o.hub.bounds().overflow == Close {
			o.clear()
			return false
		}
		o.pop().seat.release()
		o.hub.dropped.Add(1)
	}
	t.queued++
	o.put(slot{t, m})
	if !o.running {
		o.running = true
		o.hub.deliveries.Add(1)
		go o.run()
	}
	return true
}

// full reports whether a message of that weight has no place. An empty queue takes any.
func (o *outbox) full(weight int) bool {
	b := o.hub.bounds()
	queue, bytes := b.queue, b.bytes
	if queue <= 0 {
		queue = DefaultQueue
	}
	if bytes <= 0 {
		bytes = DefaultBytes
	}
	return o.n >= queue || o.n > 0 && o.bytes+weight > bytes
}

// deliver sends until the queue is empty or the stream has ended.
func (o *outbox) deliver() {
	defer o.hub.deliveries.Done()
	var last slot
	for {
		s, more := o.next(last)
		if s.m == nil {
			return
		}
		if err := o.stream.Deliver(s.m, more); err != nil {
			// The stream has ended: its handler learns that by itself, and leaves.
			o.end()
		}
		last = s
	}
}

// next takes the oldest message after last, or ends the delivering goroutine with none. more: it was
// not the last.
func (o *outbox) next(last slot) (s slot, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last.seat.release()
	if o.n > 0 {
		return o.pop(), o.n > 0
	}
	o.running = false
	if len(o.ring) > keep {
		o.ring, o.head = nil, 0
	}
	return slot{}, false
}

// flush waits until what is queued for t has been sent, or dropped.
func (o *outbox) flush(t *seat, until time.Time) {
	o.mu.Lock()
	if t.queued == 0 || time.Until(until) <= 0 {
		o.mu.Unlock()
		return
	}
	sent := make(chan struct{})
	t.sent = sent
	o.mu.Unlock()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-sent:
	case <-timer.C:
	}
}

// release counts one message of t's out.
func (t *seat) release() {
	if t == nil {
		return
	}
	if t.queued--; t.queued == 0 && t.sent != nil {
		close(t.sent)
		t.sent = nil
	}
}

// forget drops what is queued for t, and keeps the rest in order.
func (o *outbox) forget(t *seat) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range o.n {
		if s := o.pop(); s.seat != t {
			o.put(s)
		} else {
			t.release()
		}
	}
}

// end drops the queue and takes nothing more.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clear()
}

func (o *outbox) clear() {
	o.ended = true
	for range o.n {
		o.pop().seat.release()
	}
	o.ring, o.head, o.n, o.bytes = nil, 0, 0, 0
}

func (o *outbox) put(s slot) {
	if o.n == len(o.ring) {
		grown := make([]slot, max(keep, 2*len(o.ring)))
		for i := range o.n {
			grown[i] = o.ring[(o.head+i)&(len(o.ring)-1)]
		}
		o.ring, o.head = grown, 0
	}
	o.ring[(o.head+o.n)&(len(o.ring)-1)] = s
	o.n++
	o.bytes += weight(s.m)
}

func (o *outbox) pop() slot {
	at := o.head
	s := o.ring[at]
	o.ring[at] = slot{}
	o.head = (at + 1) & (len(o.ring) - 1)
	o.n--
	o.bytes -= weight(s.m)
	return s
}
