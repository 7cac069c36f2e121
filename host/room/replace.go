package room

import (
	"time"

	"wshd/plugins/wsh"
)

// Where publications are numbered and stored elsewhere, as in a NATS stream, a room's history here is a copy of
// the last of them, for its members: host/room/nats keeps it up to date.

// Kept is a publication that has been numbered elsewhere.
type Kept struct {
	ID      ID
	Message wsh.Message
}

func (k Kept) publication(room string) *wsh.Outgoing {
	return wsh.NewPublication(wsh.Publication{Room: room, ID: k.ID.String(), At: time.Unix(0, k.ID.At), Message: k.Message})
}

// Acquire keeps a room, even without members, until release is called.
func (h *Hub) Acquire(name string) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.acquire(name)
	return func() { h.release(r) }
}

// Append adds publications to a room's history, and gives them to its members.
func (h *Hub) Append(name string, list ...Kept) {
	h.mu.Lock()
	r := h.acquire(name)
	h.mu.Unlock()
	defer h.release(r)
	if r.history == nil {
		return
	}
	for i, k := range list {
		grown := 0
		r.publish(h, h.offering(i == len(list)-1), func() (p published, is bool) {
			p, grown = r.append(h, k.publication(name), k.ID, "")
			return p, true
		})
		h.remember(r.history, grown)
	}
}

// Replace makes list a room's history. Members that have been sent everything up to the publication after go on
// behind that; with a zero after they go on behind list. If after is not in list, or they have not been sent
// all, they may miss something and are closed with 1013: they come back with the ID of the last that they were
// sent.
func (h *Hub) Replace(name string, list []Kept, after ID) {
	h.mu.Lock()
	r := h.acquire(name)
	h.mu.Unlock()
	defer h.release(r)
	if r.history == nil {
		return
	}
	grown, slow := r.replace(h, list, after)
	for _, s := range slow {
		h.tooSlow(s)
	}
	h.remember(r.history, grown)
}

func (r *room) replace(h *Hub, list []Kept, after ID) (grown int, slow []wsh.Stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	grown = -r.history.clear()
	from, gap := int64(0), after != ID{} && (after.Seq > 0 || len(list) > 0)
	for _, k := range list {
		p, n := r.append(h, k.publication(r.name), k.ID, "")
		grown += n
		if k.ID == after {
			from, gap = p.place+1, false
		}
	}
	end := r.history.replaced()
	if after == (ID{}) {
		from = end
	}
	for e := r.memberships.Front(); e != nil; e = e.Next() {
		if t := e.Value.(*membership); !t.out.resumeAt(t, from, end, gap) {
			slow = append(slow, t.out.stream)
		}
	}
	return grown, slow
}

func (p *history) replaced() (end int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.whole = true
	return p.end
}

// resumeAt has t go on at a place in the history. It returns false once: when the connection is to be closed,
// since it would miss something.
func (o *outbox) resumeAt(t *membership, place, end int64, gap bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return true
	}
	if gap || t.behind {
		o.clear()
		return false
	}
	if t.next = place; place < end {
		o.fallBehind(t)
	}
	return true
}

// Whole reports whether nothing is missing from a room's history that Replace and Append have put there, but
// for what Retention drops. That ends when it is dropped to make space for others.
func (h *Hub) Whole(name string) bool {
	r := h.find(name)
	if r == nil || r.history == nil {
		return false
	}
	r.history.mu.RLock()
	defer r.history.mu.RUnlock()
	return r.history.whole
}

// Forget drops the history of a room without members.
func (h *Hub) Forget(name string) {
	r := h.find(name)
	if r == nil || r.history == nil {
		return
	}
	r.mu.Lock()
	empty := r.memberships.Len() == 0
	r.mu.Unlock()
	if empty {
		h.evict(victim{r.history, r.history.until()})
	}
}
