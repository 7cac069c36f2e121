package room

import (
	"container/list"
	"math"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// membership is one connection's place in one room.
type membership struct {
	member  wsh.Member
	render  *wsh.Renderer
	out     *outbox
	element *list.Element // of room.memberships
	once    sync.Once

	queued int           // guarded by outbox.mu: its slots, one if it is behind, and the message being written
	sent   chan struct{} // guarded by outbox.mu: closed when queued is 0; nil: nobody waits

	// In a room that keeps what is published, guarded by outbox.mu:
	history *history
	next    int64 // the place of what it is sent next
	end     int64 // the place of what it is not sent any more
	behind  bool  // it is in outbox.behind
}

// Join makes j's stream a member of the room until leave is called. leave waits for the client until the
// time that it is given; once it has returned, nothing more is sent from that room but the message being
// written. ErrForgotten: what came after j.After may be missing. After Close nobody becomes a member, and
// the error is ErrClosed.
func (h *Hub) Join(name string, j wsh.JoinOptions) (leave func(until time.Time), err error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, wsh.ErrClosed
	}
	r, o := h.acquire(name), h.outbox(j.Stream)
	o.refs++
	h.mu.Unlock()
	t := &membership{member: j.Member, render: j.Render, out: o}
	if err := r.add(t, j); err != nil {
		h.release(r)
		h.releaseOutbox(o)
		return nil, err
	}
	h.mu.Lock()
	if r.members++; r.members == 1 {
		h.occupied++
	}
	h.mu.Unlock()
	return func(until time.Time) { t.once.Do(func() { h.leave(r, t, until) }) }, nil
}

// add adds a membership, which begins at the publication that j asks for.
func (r *room) add(t *membership, j wsh.JoinOptions) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.history == nil {
		if j.After != "" {
			return wsh.ErrForgotten
		}
		t.element = r.memberships.PushBack(t)
		r.notifyWatchers(t.member, true)
		return nil
	}
	from, err := r.history.from(j, time.Now())
	if err != nil {
		return err
	}
	t.history, t.next, t.end = r.history, from, math.MaxInt64
	t.element = r.memberships.PushBack(t)
	r.notifyWatchers(t.member, true)
	if from < r.history.until() {
		t.out.catchUp(t)
	}
	return nil
}

func (h *Hub) leave(r *room, t *membership, until time.Time) {
	r.mu.Lock()
	r.memberships.Remove(t.element)
	r.notifyWatchers(t.member, false)
	r.mu.Unlock()
	t.out.flush(t, until)
	t.out.discard(t)

	h.mu.Lock()
	if r.members--; r.members == 0 {
		h.occupied--
	}
	h.releaseLocked(r)
	h.mu.Unlock()
	h.releaseOutbox(t.out)
}

// releaseOutbox undoes one reference to a connection's queue.
func (h *Hub) releaseOutbox(o *outbox) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.refs--; o.refs == 0 {
		delete(h.outboxes, o.stream)
	}
}
