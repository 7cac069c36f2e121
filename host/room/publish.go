package room

import (
	"container/list"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// Publish sends a copy of m to every member, and waits for none of them: who cannot take it now gets it
// later, from its queue or from what the room keeps. With more set all do, since another Publish follows at
// once and what waits for a member goes out together. Text that is not UTF-8 is ErrBadOperation, and after
// Close everything is ErrClosed. A room without members is no error. The id is "" unless the room keeps m.
func (h *Hub) Publish(name string, m wsh.Message, how wsh.PublishOptions) (id string, err error) {
	if !m.Binary && !utf8.Valid(m.Data) {
		return "", fmt.Errorf("publish to %q: %w: text is not UTF-8", name, wsh.ErrBadOperation)
	}
	h.mu.RLock()
	r, closed := h.rooms[name], h.closed
	h.mu.RUnlock()
	if closed {
		return "", fmt.Errorf("publish to %q: %w", name, wsh.ErrClosed)
	}
	keeps := !how.Live && (r != nil && r.history != nil || r == nil && h.retentionOf(name).Messages > 0)
	if keeps {
		return h.publishKept(name, m, how), nil
	}
	if r != nil {
		o := wsh.NewPublication(wsh.Publication{Room: name, At: time.Now(), Message: m})
		r.publish(h, h.offering(!how.More), func() (published, bool) { return published{m: o, serial: h.serial.Add(1)}, true })
	}
	return "", nil
}

// publishKept is Publish to a room that keeps m.
func (h *Hub) publishKept(name string, m wsh.Message, how wsh.PublishOptions) (id string) {
	h.mu.Lock()
	r := h.acquire(name)
	h.mu.Unlock()
	defer h.release(r)
	grown := 0
	r.publish(h, h.offering(!how.More), func() (p published, is bool) {
		if old, twice := r.history.published(how.Key); twice && how.Key != "" {
			id = old.String()
			return p, false
		}
		at := later(time.Now(), r.history.last.At)
		next := ID{h.epoch.String(), r.history.last.Seq + 1, at}
		id = next.String()
		o := wsh.NewPublication(wsh.Publication{Room: name, ID: id, At: time.Unix(0, at), Message: m})
		p, grown = r.append(h, o, next, how.Key)
		return p, true
	})
	h.remember(r.history, grown)
	return id
}

// append adds m to the room's history; r.mu is held.
func (r *room) append(h *Hub, m *wsh.Outgoing, id ID, key string) (p published, grown int) {
	if !r.history.hasRef {
		r.history.hasRef = true
		h.mu.Lock()
		r.refs++
		h.mu.Unlock()
	}
	p = published{m: m, serial: h.serial.Add(1), kept: true}
	p.place, grown = r.history.add(kept{m: m, id: id, serial: p.serial, key: key}, h.bounds().queue)
	return p, grown
}

// offer is Hub.Offer; nil: what is published is queued.
type offer func(m *wsh.Outgoing, to wsh.Stream) bool

func (h *Hub) offering(now bool) offer {
	if now {
		return h.Offer
	}
	return nil
}

// published is one publication to all members.
type published struct {
	m      *wsh.Outgoing
	serial uint64
	kept   bool // in the room's history, at place
	place  int64
}

// publish gives what next returns, if anything, to every member, and closes those that are too slow; next is
// called with mu held. When publishers meet, their publications are queued: they go out together, and no
// publisher waits for another's writes.
func (r *room) publish(h *Hub, offer offer, next func() (p published, is bool)) {
	if !r.mu.TryLock() {
		r.waiting.Add(1)
		r.mu.Lock()
		r.waiting.Add(-1)
		offer = nil
	}
	if r.waiting.Load() > 0 {
		offer = nil
	}
	var slow []wsh.Stream
	if p, is := next(); is {
		slow = r.fanOut(h, p, offer)
	}
	r.mu.Unlock()
	for _, s := range slow {
		h.tooSlow(s)
	}
}

// fanOut gives p to every member, on several processors if they are many. It returns those to be closed for
// being too slow. mu is held.
func (r *room) fanOut(h *Hub, p published, offer offer) (slow []wsh.Stream) {
	parts := 1
	if offer != nil { // each member costs the kernel some microseconds
		parts = max(1, min(runtime.GOMAXPROCS(0), r.memberships.Len()/leastPart))
	}
	size := (r.memberships.Len() + parts - 1) / parts
	found := make([][]wsh.Stream, parts)
	var others sync.WaitGroup
	e := r.memberships.Front()
	for i := range parts - 1 {
		first := e
		others.Go(func() { found[i] = r.fanOutTo(h, first, size, p, offer) })
		for range size {
			e = e.Next()
		}
	}
	found[parts-1] = r.fanOutTo(h, e, size, p, offer)
	others.Wait()
	for _, some := range found {
		slow = append(slow, some...)
	}
	return slow
}

// leastPart is how many members are worth another goroutine.
const leastPart = 128

// fanOutTo gives p to n members from e on. It returns those to be closed for being too slow.
func (r *room) fanOutTo(h *Hub, e *list.Element, n int, p published, offer offer) (slow []wsh.Stream) {
	for ; e != nil && n > 0; e, n = e.Next(), n-1 {
		t := e.Value.(*membership)
		m, grown := p.m, 0
		if offer != nil && t.render != nil {
			m, grown = m.Rendered(t.render)
		}
		if p.kept {
			h.rendered(r.history, p.place, grown)
			t.out.follow(t, p.place, m, offer)
		} else if !t.out.push(slot{t, p.m, p.serial}, m, offer) {
			slow = append(slow, t.out.stream)
		}
	}
	return slow
}
