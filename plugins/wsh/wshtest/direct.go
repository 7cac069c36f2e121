package wshtest

import "wshd/plugins/wsh"

// OpenStore finds or makes a store in memory.
func (r *Rooms) OpenStore(name string) (wsh.KeyValue, error) { return r.stores.Open(name), nil }

// Register lets Direct find a connection, until unregister is called.
func (r *Rooms) Register(c wsh.Connection) (unregister func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.there == nil {
		r.there = map[string]wsh.Connection{}
	}
	r.there[c.ID] = c
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.there, c.ID)
		r.forget(c.Stream)
	}
}

// Direct sends a message to, or closes, a connection, or all of a user.
func (r *Rooms) Direct(to wsh.Addressee, e wsh.Action) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := false
	for _, c := range r.there {
		if c.ID != to.Member && (to.User == "" || c.User != to.User) {
			continue
		}
		found = true
		if e.Code != 0 {
			c.Stream.Fail(e.Code, e.Reason)
			continue
		}
		r.queue(c.Stream).add(&seat{JoinOptions: wsh.JoinOptions{Stream: c.Stream}}, wsh.NewOutgoing(e.Message))
	}
	if !found {
		return wsh.ErrNotFound
	}
	return nil
}
