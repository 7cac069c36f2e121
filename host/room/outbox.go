package room

import (
	"slices"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// leastRing is how many slots an empty queue, or history, has.
const leastRing = 8

// outbox is the queue of one connection, for all its rooms. While there is something to be sent a goroutine
// delivers it.
type outbox struct {
	hub    *Hub
	stream wsh.Stream
	run    func() // deliver, as a function value made once, so that starting it allocates nothing
	refs   int    // guarded by Hub.mu: memberships, and joins and leaves under way

	mu      sync.Mutex
	ring    []slot // a power of two; from head on, n are in use
	head, n int
	bytes   int           // weight of all in ring
	behind  []*membership // memberships in rooms with a history of which something has not been sent
	running bool
	ended   bool // takes nothing more: the stream has ended, was too slow, or the Hub is closed
}

// slot is one publication on its way to one member. Members share the message.
type slot struct {
	to     *membership
	m      *wsh.Outgoing
	serial uint64 // of Hub
}

// slotWeight is about how many bytes a queued message takes besides its payload.
const slotWeight = 128

// weight is how many bytes a queued message counts for.
func weight(m *wsh.Outgoing) int { return slotWeight + len(m.Data) }

func newOutbox(h *Hub, s wsh.Stream) *outbox {
	o := &outbox{hub: h, stream: s}
	o.run = o.deliver
	return o
}

// push offers m to the stream, unless offer is nil or something is queued; otherwise it queues s and starts
// delivery. It returns false once: when the connection is to be closed because it is too slow.
func (o *outbox) push(s slot, m *wsh.Outgoing, offer offer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || offer != nil && !o.running && offer(m, o.stream) {
		return true
	}
	for o.full(weight(s.m)) {
		if o.hub.bounds().overflow == Close {
			o.clear()
			return false
		}
		o.pop().to.uncount()
		o.hub.dropped.Add(1)
	}
	s.to.queued++
	o.put(s)
	o.start()
	return true
}

// follow offers m, which t's room keeps at place, to the stream, unless offer is nil or something is queued. If
// it is not taken t is behind from here on.
func (o *outbox) follow(t *membership, place int64, m *wsh.Outgoing, offer offer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.ended || t.behind || t.next != place: // it has been sent, or will be
	case offer != nil && !o.running && offer(m, o.stream):
		t.next++
	default:
		o.fallBehind(t)
	}
}

// catchUp has t sent what its room keeps, from its place on.
func (o *outbox) catchUp(t *membership) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.fallBehind(t)
	}
}

func (o *outbox) fallBehind(t *membership) {
	t.behind = true
	t.queued++
	t.history.behind.Add(1)
	o.behind = append(o.behind, t)
	o.start()
}

// caughtUp removes t from the memberships that are behind.
func (o *outbox) caughtUp(t *membership) {
	t.behind = false
	t.history.behind.Add(-1)
	o.behind = slices.DeleteFunc(o.behind, func(other *membership) bool { return other == t })
	t.uncount()
}

// start starts the delivering goroutine, if none runs.
func (o *outbox) start() {
	if !o.running {
		o.running = true
		o.hub.deliveries.Add(1)
		go o.run()
	}
}

// full reports whether there is no space for a message of that weight. An empty queue takes any.
func (o *outbox) full(weight int) bool {
	b := o.hub.bounds()
	return o.n >= b.queue || o.n > 0 && o.bytes+weight > b.bytes
}

// flush waits until everything queued for t has been sent or dropped; of its room's history, what is there now.
func (o *outbox) flush(t *membership, until time.Time) {
	o.mu.Lock()
	if t.behind {
		t.end = t.history.until()
	}
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

// uncount counts one message fewer queued for t.
func (t *membership) uncount() {
	if t == nil {
		return
	}
	if t.queued--; t.queued == 0 && t.sent != nil {
		close(t.sent)
		t.sent = nil
	}
}

// discard drops what is queued for t, and keeps the rest in order.
func (o *outbox) discard(t *membership) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t.behind {
		o.caughtUp(t)
	}
	for range o.n {
		if s := o.pop(); s.to != t {
			o.put(s)
		} else {
			t.uncount()
		}
	}
}

// end drops the queue; from here on nothing is queued.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clear()
}

func (o *outbox) clear() {
	o.ended = true
	for range o.n {
		o.pop().to.uncount()
	}
	for len(o.behind) > 0 {
		o.caughtUp(o.behind[len(o.behind)-1])
	}
	o.ring, o.head, o.n, o.bytes = nil, 0, 0, 0
}

func (o *outbox) put(s slot) {
	if o.n == len(o.ring) {
		grown := make([]slot, max(leastRing, 2*len(o.ring)))
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
