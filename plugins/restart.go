package plugins

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// A version that has been killed is replaced by a fresh one of the same script: at once, unless it lived
// for less than steady; then after a pause, which doubles each time.
const (
	steady     = time.Minute
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// killed are the versions that have been killed and that the loop has not yet heard of.
type killed struct {
	mu   sync.Mutex
	list []killedVersion
	more chan struct{} // capacity 1
}

// killedVersion is a version that has been killed, and why.
type killedVersion struct {
	*slot
	handler *wsh.Handler
	err     error
	atOnce  bool // its process died at once: the last good version is to take its place
}

// watchLife has the loop told when the life of h ends.
func (r *Registry) watchLife(s *slot, h *wsh.Handler) {
	var once sync.Once
	note := func(err error) { once.Do(func() { r.killed.note(killedVersion{slot: s, handler: h, err: err}) }) }
	h.Life.OnKill(note)
	if err := h.Life.Killed(); err != nil {
		note(err) // before it had been published
	}
}

// note hides the version from those who look its path up, and has the loop told. It is called wherever
// the script runs, and does not wait.
func (k *killed) note(d killedVersion) {
	d.hide(d.handler)
	k.mu.Lock()
	k.list = append(k.list, d)
	k.mu.Unlock()
	select {
	case k.more <- struct{}{}:
	default: // it will look anyway
	}
}

// hide has those who look for the handler wait for another.
func (s *slot) hide(h *wsh.Handler) {
	for was := s.state.Load(); was.handler == h; was = s.state.Load() {
		if s.state.CompareAndSwap(was, &state{script: was.script, err: was.err, doc: was.doc, replaced: make(chan struct{})}) {
			return
		}
	}
}

func (k *killed) take() []killedVersion {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.list
	k.list = nil
	return list
}

// restart reports a killed version. If it is the current one a fresh one is loaded, and until then its
// path waits or, in a pause, answers 503.
func (r *Registry) restart(d killedVersion) {
	s := d.slot
	if d.atOnce {
		r.revert(d)
		return
	}
	r.c.Report(Event{Kind: Killed, Script: d.handler.Script, Path: s.shown(), Version: d.handler.Version, Err: d.err})
	now := s.state.Load()
	if now.replaced == nil || r.slots[s.path] != s {
		return // replaced, or gone
	}
	switch {
	case !s.restarted || time.Since(s.begun) >= steady:
		s.pause = 0
	default:
		s.pause = min(max(firstPause, 2*s.pause), lastPause)
	}
	s.restarted, s.dead, s.until = true, true, time.Now().Add(s.pause)
	if s.pause > 0 {
		s.replace(&state{script: now.script, err: now.err, doc: now.doc, handler: standIn(d.handler, s.until), paused: true})
	}
	r.lookAfter(s.pause)
}

// standIn answers in the place of a version that has been killed.
func standIn(h *wsh.Handler, until time.Time) *wsh.Handler {
	after := func() string { return strconv.Itoa(max(1, int(time.Until(until).Seconds()+1))) }
	reason := fmt.Sprintf("%s was stopped, and is started again soon", h.Script)
	in := &wsh.Handler{
		Script: h.Script, Version: h.Version,
		DoExtraHandshake: func(*wsh.Request) error {
			return &wsh.HandshakeError{Status: http.StatusServiceUnavailable, Reason: reason, Header: http.Header{"Retry-After": {after()}}}
		},
		TransferData: func(*wsh.Request) error { return wsh.ErrAborted }, // not reached
	}
	if h.ServeHTTP != nil {
		in.ServeHTTP = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after())
			http.Error(w, reason, http.StatusServiceUnavailable)
		}
	}
	return in
}
