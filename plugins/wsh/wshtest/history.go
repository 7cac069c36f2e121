package wshtest

import (
	"slices"
	"strings"

	"wshd/plugins/wsh"
)

// Keep has a room keep its last publications, from now on. A * at the end of its name stands for
// anything, as in a host's rooms.history.
func (r *Rooms) Keep(room string, messages int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keep == nil {
		r.keep, r.kept = map[string]int{}, map[string][]*wsh.Outgoing{}
	}
	r.keep[room] = messages
}

// keeps is how many publications a room keeps. r.mu must be held.
func (r *Rooms) keeps(room string) (messages int) {
	best := -1
	for pattern, n := range r.keep {
		prefix, open := strings.CutSuffix(pattern, "*")
		switch {
		case pattern == room:
			return n
		case open && strings.HasPrefix(room, prefix) && len(prefix) > best:
			messages, best = n, len(prefix)
		}
	}
	return messages
}

// past is what of the past who joins is sent. r.mu must be held.
func (r *Rooms) past(room string, j wsh.JoinOptions) ([]*wsh.Outgoing, error) {
	kept := r.kept[room]
	if j.After == "" {
		return kept[max(0, len(kept)-j.Last):], nil
	}
	at := slices.IndexFunc(kept, func(m *wsh.Outgoing) bool { return m.Publication().ID == j.After })
	if at < 0 {
		return nil, wsh.ErrForgotten
	}
	return kept[at+1:], nil
}

// History is the last n publications that the room keeps, the oldest first.
func (r *Rooms) History(room string, n int) ([]wsh.Publication, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.kept[room]
	var list []wsh.Publication
	for _, m := range kept[max(0, len(kept)-max(n, 0)):] {
		p := m.Publication()
		p.Message.Data = slices.Clone(p.Message.Data)
		list = append(list, p)
	}
	return list, nil
}

// renderer is the one of this handler, for all its connections here.
func (r *Rooms) renderer(h *wsh.Handler, failed func(error)) *wsh.Renderer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.renderers == nil {
		r.renderers = map[*wsh.Handler]*wsh.Renderer{}
	}
	render, ok := r.renderers[h]
	if !ok {
		render = wsh.NewRenderer(h, func(p wsh.Publication) (m wsh.Message, err error) {
			err = call("RenderPublication", func() error { m = h.RenderPublication(p); return nil })
			return m, err
		}, failed)
		r.renderers[h] = render
	}
	return render
}

// renderFailed fails the test: RenderPublication has panicked, or the like.
func (c *Client) renderFailed(err error) {
	c.t.Helper()
	c.t.Errorf("%v", err)
}
