// Package room is named rooms in memory: publish once, deliver to every member, keep what is to be kept.
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
	DropOldest Overflow = iota // its oldest messages are dropped
	Close                      // its connection is closed with 1013
)

// Defaults of a Hub's bounds.
const (
	DefaultQueue = 256
	DefaultBytes = 1 << 20
)

// Hub holds the rooms of one host. The zero value works. Each connection has one queue for all its
// rooms, so it gets messages in the order of their publishing, and a goroutine only while that queue
// holds something. In a room that keeps what is published a member has no queue but a place in the
// history, from which it is sent on: its messages wait there. Set the fields before the first Join, and use Configure
// after it.
type Hub struct {
	Queue    int      // messages that wait for one connection; 0: DefaultQueue
	Bytes    int      // what they take, about; 0: DefaultBytes. One message may be larger than that
	Overflow Overflow // what a connection's full queue means for it

	// Retention says what rooms keep, by name. A * at the end stands for anything; the longest pattern that
	// fits holds.
	Retention map[string]Retention

	// HistorySize is about how many bytes all histories may take; 0: DefaultHistorySize. Beyond that the
	// histories of the rooms that have been idle longest are dropped.
	HistorySize int

	// Offer sends m if the stream takes it without waiting, and reports whether it did. nil: everything goes
	// through the queues.
	Offer func(m *wsh.Outgoing, to wsh.Stream) bool

	mu       sync.RWMutex
	rooms    map[string]*room
	occupied int // of them, those that have members
	outboxes map[wsh.Stream]*outbox
	closed   bool
	memory   memory

	connections connections
	stores      wsh.MemoryStores
	opening     sync.Once // of stores

	epoch epoch

	configured atomic.Pointer[bounds] // nil: the fields hold

	serial     atomic.Uint64  // of what was published last
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
	b := bounds{h.Queue, h.Bytes, h.Overflow}
	if c := h.configured.Load(); c != nil {
		b = *c
	}
	if b.queue <= 0 {
		b.queue = DefaultQueue
	}
	if b.bytes <= 0 {
		b.bytes = DefaultBytes
	}
	return b
}

// room is one name: its members and its history. It is in Hub.rooms while it has members, its history is not
// empty, or a join, leave or publish is under way.
type room struct {
	name    string
	refs    int // guarded by Hub.mu: members, a history that is not empty, and joins, leaves and publishes under way
	members int // guarded by Hub.mu

	mu          sync.Mutex   // held by Publish from first to last member: all members see one order
	memberships list.List    // of *membership, in order of coming
	waiting     atomic.Int32 // publishers that wait for mu
	history     *history     // nil: it keeps nothing

	watchers map[*wsh.Watcher]struct{} // guarded by mu
}

// acquire finds or makes a room; the caller releases it. h.mu is held.
func (h *Hub) acquire(name string) *room {
	r := h.rooms[name]
	if r == nil {
		if h.rooms == nil {
			h.rooms = map[string]*room{}
		}
		r = &room{name: name}
		if k := h.retentionOf(name); k.Messages > 0 {
			r.history = &history{retention: k, room: r, last: ID{Seq: h.serial.Load()}} // more than one forgotten had
		}
		h.rooms[name] = r
	}
	r.refs++
	return r
}

// release undoes one acquire.
func (h *Hub) release(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.releaseLocked(r)
}

// releaseLocked is release; mu is held.
func (h *Hub) releaseLocked(r *room) {
	if r.refs--; r.refs == 0 {
		delete(h.rooms, r.name)
	}
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

// Members lists who is in the room, in the order in which they came.
func (h *Hub) Members(name string) []wsh.Member {
	r := h.find(name)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.memberships.Len() == 0 {
		return nil
	}
	members := make([]wsh.Member, 0, r.memberships.Len())
	for e := r.memberships.Front(); e != nil; e = e.Next() {
		members = append(members, e.Value.(*membership).member)
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
	return r.memberships.Len()
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

	Remembered   int   // rooms that keep something
	HistoryBytes int64 // what that takes, about
	Forgotten    int64 // histories that were dropped because all together took too much

	Backend *Backend // of the NATS server behind the rooms; nil: there is none
}

// Backend tells how the NATS server behind the rooms does: one elsewhere, or that in this process on a folder.
type Backend struct {
	Store      bool // it is that in this process
	Connected  bool
	Wrong      []string      // what is unavailable, and why
	Reconnects int64         // connections that were lost and made again
	Unsent     int64         // publications that only reached the members on this host
	Late       int64         // publishes that were not acknowledged in time, and tried again
	Gaps       int64         // rooms whose members were closed, since they might have missed something
	Lag        time.Duration // from when the last publication was stored until it was received here; 0: in the last minute none has come
}

// Stats counts.
func (h *Hub) Stats() Stats {
	h.mu.RLock()
	s := Stats{Rooms: h.occupied, Members: len(h.outboxes)}
	h.mu.RUnlock()
	s.Dropped, s.Closed = h.dropped.Load(), h.overflowed.Load()
	s.Remembered, s.HistoryBytes, s.Forgotten = h.memory.stats()
	return s
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
