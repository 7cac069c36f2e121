package wshtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// Rooms are rooms in memory, for the clients that share them by Dialer.Rooms. The zero value is
// ready, and keeps nothing but what Keep says. A test may publish and look too: it is a wsh.Rooms.
// Queues have no bound, so that no message is lost. While a test has clients in them
// wsh.Publish leads here, of tests in parallel to the rooms of all; wsh.SendTo, wsh.History and the others lead to
// the rooms of the last client that was connected. A test without clients calls wsh.Serve.
type Rooms struct {
	mu        sync.Mutex
	rooms     map[string][]*seat
	queues    map[wsh.Stream]*queue
	renderers map[*wsh.Handler]*wsh.Renderer
	keep      map[string]int
	kept      map[string][]*wsh.Outgoing
	published int
	stores    wsh.MemoryStores
	there     map[string]wsh.Connection
	watchers  map[string]map[*wsh.Watcher]struct{} // by room
	changed   chan struct{}
}

// ofTests are the rooms of tests that have named none.
var ofTests struct {
	sync.Mutex
	rooms map[testing.TB]*Rooms
}

// rooms are those of a client, which serve until stop is called.
func (d Dialer) rooms(t testing.TB) (rooms *Rooms, stop func()) {
	if rooms = d.Rooms; rooms == nil {
		rooms = ofTest(t)
	}
	return rooms, wsh.Serve(rooms)
}

// ofTest are the rooms of a test. What is no test has new ones each time.
func ofTest(t testing.TB) *Rooms {
	if t == (alone{}) {
		return new(Rooms)
	}
	ofTests.Lock()
	defer ofTests.Unlock()
	if rooms := ofTests.rooms[t]; rooms != nil {
		return rooms
	}
	if ofTests.rooms == nil {
		ofTests.rooms = map[testing.TB]*Rooms{}
	}
	rooms := new(Rooms)
	ofTests.rooms[t] = rooms
	t.Cleanup(func() {
		ofTests.Lock()
		defer ofTests.Unlock()
		delete(ofTests.rooms, t)
	})
	return rooms
}

// queue is what waits for one connection. Its goroutine lives only while something does.
type queue struct {
	mu      sync.Mutex
	waiting []waiting
	busy    bool
	idle    chan struct{} // closed when nothing is waiting any more; nil: nobody wants to know
}

// waiting is a publication, and how it is to be rendered.
type waiting struct {
	m      *wsh.Outgoing
	render *wsh.Renderer
}

type seat struct {
	wsh.JoinOptions
	queue *queue
}

// Join makes j's stream a member of the room until leave is called. What was published before that is sent.
func (r *Rooms) Join(room string, j wsh.JoinOptions) (leave func(until time.Time), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	past, err := r.past(room, j)
	if err != nil {
		return nil, err
	}
	if r.rooms == nil {
		r.rooms = map[string][]*seat{}
	}
	q := r.queue(j.Stream)
	joined := &seat{j, q}
	for _, m := range past {
		q.add(joined, m)
	}
	r.rooms[room] = append(r.rooms[room], joined)
	r.change(room, j.Member, true)
	return func(until time.Time) {
		r.leave(room, joined)
		q.wait(until)
	}, nil
}

func (r *Rooms) leave(room string, gone *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := slices.Index(r.rooms[room], gone)
	if at < 0 {
		return
	}
	r.rooms[room] = slices.Delete(r.rooms[room], at, at+1)
	r.change(room, gone.JoinOptions.Member, false)
	r.forget(gone.Stream)
}

// queue is the one queue of a connection: rooms and Direct share it, so that they keep their order. r.mu
// must be held.
func (r *Rooms) queue(s wsh.Stream) *queue {
	q := r.queues[s]
	if q == nil {
		if r.queues == nil {
			r.queues = map[wsh.Stream]*queue{}
		}
		q = &queue{}
		r.queues[s] = q
	}
	return q
}

// forget lets the queue go of a connection that is in no room and cannot be reached. r.mu must be held.
func (r *Rooms) forget(gone wsh.Stream) {
	for _, c := range r.there {
		if c.Stream == gone {
			return
		}
	}
	for _, seats := range r.rooms {
		if slices.ContainsFunc(seats, func(s *seat) bool { return s.Stream == gone }) {
			return
		}
	}
	delete(r.queues, gone)
}

// change wakes those in Await, and tells those who watch. r.mu must be held.
func (r *Rooms) change(room string, m wsh.Member, joined bool) {
	for w := range r.watchers[room] {
		w.Notify(m, joined)
	}
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// Publish sends m to every member.
func (r *Rooms) Publish(room string, m wsh.Message, how wsh.PublishOptions) (id string, err error) {
	if !m.Binary && !utf8.Valid(m.Data) {
		return "", wsh.ErrBadOperation
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	keep := r.keeps(room)
	if how.Live {
		keep = 0
	}
	if keep > 0 {
		r.published++
		id = fmt.Sprintf("test-%d", r.published)
	}
	o := wsh.NewPublication(wsh.Publication{Room: room, ID: id, At: time.Now(), Message: m})
	if keep > 0 {
		kept := append(r.kept[room], o)
		r.kept[room] = kept[max(0, len(kept)-keep):]
	}
	for _, s := range r.rooms[room] {
		s.queue.add(s, o)
	}
	return id, nil
}

func (q *queue) add(s *seat, m *wsh.Outgoing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, waiting{m, s.Render})
	if !q.busy {
		q.busy = true
		go q.deliver(s.Stream)
	}
}

// wait waits until nothing is waiting.
func (q *queue) wait(until time.Time) {
	q.mu.Lock()
	if !q.busy || time.Until(until) <= 0 {
		q.mu.Unlock()
		return
	}
	if q.idle == nil {
		q.idle = make(chan struct{})
	}
	idle := q.idle
	q.mu.Unlock()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

func (q *queue) deliver(s wsh.Stream) {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.busy = false
			if q.idle != nil {
				close(q.idle)
				q.idle = nil
			}
			q.mu.Unlock()
			return
		}
		next := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		m, _ := next.m.Rendered(next.render)
		_ = s.Deliver(m, false) // a member that is gone misses it
	}
}

// Members lists who is there, in the order in which they came.
func (r *Rooms) Members(room string) []wsh.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	var members []wsh.Member
	for _, s := range r.rooms[room] {
		members = append(members, s.JoinOptions.Member)
	}
	return members
}

// WatchMembers calls f for each member, then for each that joins or leaves, until ctx ends.
func (r *Rooms) WatchMembers(ctx context.Context, room string, f func(m wsh.Member, joined bool)) error {
	w := new(wsh.Watcher)
	r.mu.Lock()
	if r.watchers == nil {
		r.watchers = map[string]map[*wsh.Watcher]struct{}{}
	}
	if r.watchers[room] == nil {
		r.watchers[room] = map[*wsh.Watcher]struct{}{}
	}
	r.watchers[room][w] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers[room], w)
	}()
	return w.Run(ctx, func() []wsh.Member { return r.Members(room) }, f)
}

// Len is the number of members.
func (r *Rooms) Len(room string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.rooms[room])
}

// Await waits until the room has n members: handlers join in their own time. It fails the test, or
// panics if t is nil, if that takes over 10 seconds.
func (r *Rooms) Await(t testing.TB, room string, n int) {
	if t != nil {
		t.Helper()
	}
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	for {
		r.mu.Lock()
		have := len(r.rooms[room])
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if have == n {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			(&Client{t: t}).fatalf("room %q has %d members, want %d", room, have, n)
		}
	}
}
