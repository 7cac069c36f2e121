package wshtest

import "wshd/plugins/wsh"

// OpenStore finds or makes a store in memory.
func (r *Rooms) OpenStore(name string) (wsh.Keeper, error) { return r.stores.Open(name), nil }

// Enter lets Reach find a connection, until gone is called.
func (r *Rooms) Enter(c wsh.Connection) (gone func()) {
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

// Reach does an errand with a connection, or all of a user.
func (r *Rooms) Reach(to wsh.Addressee, e wsh.Errand) error {
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
		r.queue(c.Stream).add(&seat{Joining: wsh.Joining{Stream: c.Stream}}, wsh.NewOutgoing(e.Message))
	}
	if !found {
		return wsh.ErrNotFound
	}
	return nil
}
