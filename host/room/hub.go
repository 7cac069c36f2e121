// Package room is named rooms in memory: publish once, deliver to every member.
package room

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

// Overflow says what happens to a member whose queue is full.
type Overflow int

// The two answers to a client that cannot keep up.
const (
	DropOldest Overflow = iota // it loses its oldest messages
	Close                      // it is closed with 1013
)

// Defaults of a Hub's bounds.
const (
	DefaultQueue = 256
	DefaultBytes = 1 << 20
)

// Hub holds the rooms of one host. The zero value works. Each connection has one queue for all its
// rooms, so it gets messages in the order of their publishing, and a goroutine only while that queue
// holds something. Set the fields before the first Join, and use Configure after it.
type Hub struct {
	Queue    int      // messages that wait for one connection; 0: DefaultQueue
	Bytes    int      // what they take, about; 0: DefaultBytes. One message may be larger than that
	Overflow Overflow // what a connection's full queue means for it

	// Offer sends m if the stream takes it without waiting, and reports whether it did. nil: everything goes
	// through the queues.
	Offer func(m *wsh.Outgoing, to wsh.Stream) bool

	mu       sync.RWMutex
	rooms    map[string]*room
	outboxes map[wsh.Stream]*outbox
	closed   bool

	configured atomic.Pointer[bounds] // nil: the fields hold

	deliveries sync.WaitGroup // goroutines of outboxes
	dropped    atomic.Int64
	overflowed atomic.Int64
}

var _ wsh.Rooms = (*Hub)(nil)

// bounds are what Configure sets.
type bounds struct {
	queue, bytes int
	overflow     Overflow
}

// Configure changes Queue, Bytes and Overflow, for what is published from now on.
func (h *Hub) Configure(queue, bytes int, o Overflow) { h.configured.Store(&bounds{queue, bytes, o}) }

func (h *Hub) bounds() bounds {
	if b := h.configured.Load(); b != nil {
		return *b
	}
	return bounds{h.Queue, h.Bytes, h.Overflow}
}

// room is the seats of one name. It is in Hub.rooms while anybody sits, comes or goes there.
type room struct {
	refs int // guarded by Hub.mu: seats, and joins and leaves under way

	mu      sync.Mutex   // held by Publish from first to last member: all members see one order
	seats   list.List    // of *seat, in order of coming
	waiting atomic.Int32 // publishers that want mu
}

// seat is one membership.
type seat struct {
	member wsh.Member
	out    *outbox
	place  *list.Element
	once   sync.Once

	queued int           // guarded by outbox.mu: its slots, and the message being written
	sent   chan struct{} // guarded by outbox.mu: somebody waits for queued to be 0
}

// Join makes s a member of the room until leave is called. leave waits for the client until the time
// that it is given; once it has returned, nothing more is sent from that room but the message being
// written. After Close nobody becomes a member.
func (h *Hub) Join(name string, m wsh.Member, s wsh.Stream) (leave func(until time.Time)) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return func(time.Time) {}
	}
	r, o := h.room(name), h.outbox(s)
	r.refs++
	o.refs++
	h.mu.Unlock()

	t := &seat{member: m, out: o}
	r.mu.Lock()
	t.place = r.seats.PushBack(t)
	r.mu.Unlock()
	return func(until time.Time) { t.once.Do(func() { h.leave(name, r, t, until) }) }
}

// room finds or makes a room; h.mu is held.
func (h *Hub) room(name string) *room {
	r := h.rooms[name]
	if r == nil {
		if h.rooms == nil {
			h.rooms = map[string]*room{}
		}
		r = &room{}
		h.rooms[name] = r
	}
	return r
}

// outbox finds or makes the queue of s; h.mu is held.
func (h *Hub) outbox(s wsh.Stream) *outbox {
	o := h.outboxes[s]
	if o == nil {
		if h.outboxes == nil {
			h.outboxes = map[wsh.Stream]*outbox{}
		}
		o = newOutbox(h, s)
		h.outboxes[s] = o
	}
	return o
}

func (h *Hub) leave(name string, r *room, t *seat, until time.Time) {
	r.mu.Lock()
	r.seats.Remove(t.place)
	r.mu.Unlock()
	t.out.flush(t, until)
	t.out.forget(t)

	h.mu.Lock()
	defer h.mu.Unlock()
	if r.refs--; r.refs == 0 {
		delete(h.rooms, name)
	}
	if t.out.refs--; t.out.refs == 0 {
		delete(h.outboxes, t.out.stream)
	}
}

// Members lists who is in the room, in the order in which they came.
func (h *Hub) Members(name string) []wsh.Member {
	r := h.find(name)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	members := make([]wsh.Member, 0, r.seats.Len())
	for e := r.seats.Front(); e != nil; e = e.Next() {
		members = append(members, e.Value.(*seat).member)
	}
	return members
}

// Len is the number of members of the room.
func (h *Hub) Len(name string) int {
	r := h.find(name)
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seats.Len()
}

func (h *Hub) find(name string) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[name]
}

// Stats are the counts of a Hub.
type Stats struct {
	Rooms   int   // that have members
	Members int   // connections that are in some room
	Dropped int64 // messages that a slow connection lost, counted per connection
	Closed  int64 // connections closed with 1013
}

// Stats counts.
func (h *Hub) Stats() Stats {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return Stats{
		Rooms:   len(h.rooms),
		Members: len(h.outboxes),
		Dropped: h.dropped.Load(),
		Closed:  h.overflowed.Load(),
	}
}

// Close drops what is queued and waits for what is being delivered. End the streams first, or it
// waits for their clients.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for _, o := range h.outboxes {
		o.end()
	}
	h.mu.Unlock()
	h.deliveries.Wait()
}
