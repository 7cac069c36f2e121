package room

import (
	"time"

	"wshd/plugins/wsh"
)

// connections are those of this host, by ID and by user. Hub.mu guards them.
type connections struct {
	byID   map[string]wsh.Stream
	byUser map[string]map[string]wsh.Stream // by user and ID
}

// Register lets Direct find a connection, until unregister is called.
func (h *Hub) Register(c wsh.Connection) (unregister func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.connections.byID == nil {
		h.connections = connections{map[string]wsh.Stream{}, map[string]map[string]wsh.Stream{}}
	}
	h.connections.byID[c.ID] = c.Stream
	if c.User != "" {
		if h.connections.byUser[c.User] == nil {
			h.connections.byUser[c.User] = map[string]wsh.Stream{}
		}
		h.connections.byUser[c.User][c.ID] = c.Stream
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.connections.byID, c.ID)
		if of := h.connections.byUser[c.User]; of != nil {
			if delete(of, c.ID); len(of) == 0 {
				delete(h.connections.byUser, c.User)
			}
		}
	}
}

// Direct sends a message to, or closes, the connections of this host. ErrNotFound: there is none.
func (h *Hub) Direct(to wsh.Addressee, e wsh.Action) error {
	streams := h.reached(to)
	if len(streams) == 0 {
		return wsh.ErrNotFound
	}
	m := wsh.NewOutgoing(e.Message)
	for _, s := range streams {
		if e.Code != 0 {
			s.Fail(e.Code, e.Reason)
		} else {
			h.send(s, m)
		}
	}
	return nil
}

func (h *Hub) reached(to wsh.Addressee) (list []wsh.Stream) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if s := h.connections.byID[to.Member]; s != nil && to.Member != "" {
		return []wsh.Stream{s}
	}
	if to.User != "" {
		for _, s := range h.connections.byUser[to.User] {
			list = append(list, s)
		}
	}
	return list
}

// sendTime is how long a message to one connection may wait in its queue.
const sendTime = time.Minute

// send puts m in the connection's queue, like a publication in a room with that member only.
func (h *Hub) send(s wsh.Stream, m *wsh.Outgoing) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	o := h.outbox(s)
	o.refs++
	h.mu.Unlock()
	t := &membership{out: o}
	if !o.push(slot{t, m, h.serial.Add(1)}, m, h.Offer) {
		h.tooSlow(s)
	}
	if o.hasQueued(t) {
		h.deliveries.Go(func() {
			o.flush(t, time.Now().Add(sendTime))
			o.discard(t)
			h.releaseOutbox(o)
		})
		return
	}
	h.releaseOutbox(o)
}

// hasQueued reports whether a message for t is queued, or being written.
func (o *outbox) hasQueued(t *membership) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return t.queued > 0
}
