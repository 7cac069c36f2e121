package room

import (
	"context"

	"wshd/plugins/wsh"
)

// WatchMembers calls f for each member of the room, then for each that joins or leaves, until ctx ends.
func (h *Hub) WatchMembers(ctx context.Context, name string, f func(m wsh.Member, joined bool)) error {
	return h.Watch(ctx, name, h.Members, f)
}

// Watch is WatchMembers of a room that has members on other hosts too: members lists all, and NotifyWatchers is
// called for those elsewhere.
func (h *Hub) Watch(ctx context.Context, name string, members func(string) []wsh.Member, f func(m wsh.Member, joined bool)) error {
	h.mu.Lock()
	r := h.acquire(name)
	h.mu.Unlock()
	defer h.release(r)
	w := new(wsh.Watcher)
	r.mu.Lock()
	if r.watchers == nil {
		r.watchers = map[*wsh.Watcher]struct{}{}
	}
	r.watchers[w] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, w)
	}()
	return w.Run(ctx, func() []wsh.Member { return members(name) }, f)
}

// NotifyWatchers tells those who watch the room that somebody on another host has joined or left.
func (h *Hub) NotifyWatchers(name string, m wsh.Member, joined bool) {
	if r := h.find(name); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.notifyWatchers(m, joined)
	}
}

// notifyWatchers is NotifyWatchers; mu is held.
func (r *room) notifyWatchers(m wsh.Member, joined bool) {
	for w := range r.watchers {
		w.Notify(m, joined)
	}
}
