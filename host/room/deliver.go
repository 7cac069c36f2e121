package room

import (
	"slices"

	"wshd/plugins/wsh"
)

// deliver sends until nothing is queued, or the stream has ended.
func (o *outbox) deliver() {
	defer o.hub.deliveries.Done()
	var last delivery
	for {
		d := o.next(last)
		if d.gap {
			o.hub.tooSlow(o.stream)
			continue // the queue has been dropped
		}
		if d.m == nil {
			return
		}
		m, grown := d.m.Rendered(d.to.render)
		if d.kept {
			o.hub.rendered(d.to.history, d.place, grown)
		}
		if err := o.stream.Deliver(m, d.more); err != nil {
			// The stream has ended: its handler learns that by itself, and leaves.
			o.end()
		}
		last = d
	}
}

// delivery is the next publication to be sent.
type delivery struct {
	slot       // m is nil if nothing is queued
	kept  bool // it is in the room's history, at place
	place int64
	more  bool // more is to be sent after it
	gap   bool // instead: the publication to be sent next has been dropped from the history
}

// next takes the oldest publication to be sent after last. If there is none the delivering goroutine is to end.
func (o *outbox) next(last delivery) delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	last.to.uncount()
	d, gap := o.oldestKept()
	if gap {
		o.clear()
		return delivery{gap: true}
	}
	switch {
	case o.n > 0 && (d.m == nil || o.ring[o.head].serial < d.serial):
		d = delivery{slot: o.pop()}
	case d.m != nil:
		d.to.queued++
		d.to.next++
	default:
		o.running = false
		if len(o.ring) > leastRing {
			o.ring, o.head = nil, 0
		}
		return d
	}
	d.more = o.n > 0 || slices.ContainsFunc(o.behind, (*membership).waits)
	return d
}

// waits reports whether the history has something to be sent to a member that is behind; outbox.mu is held.
func (t *membership) waits() bool { return t.next < min(t.end, t.history.until()) }

// oldestKept is the oldest publication in histories that has not been sent. gap: the history has dropped it.
func (o *outbox) oldestKept() (d delivery, gap bool) {
	for i := 0; i < len(o.behind); {
		t := o.behind[i]
		if !t.waits() {
			o.caughtUp(t)
			continue
		}
		k, there := t.history.at(t.next)
		if !there {
			return d, true
		}
		if d.m == nil || k.serial < d.serial {
			d = delivery{slot: slot{t, k.m, k.serial}, kept: true, place: t.next}
		}
		i++
	}
	return d, false
}

// tooSlow closes a connection that is too far behind.
func (h *Hub) tooSlow(s wsh.Stream) {
	h.overflowed.Add(1)
	s.Fail(wsh.StatusTryAgainLater, "too slow")
}

// rendered counts the bytes by which a kept publication has grown when it was rendered.
func (h *Hub) rendered(p *history, place int64, grown int) {
	if grown != 0 {
		h.memory.grew(p.rendered(place, grown))
	}
}
