package plugins

import (
	"context"
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

// process is what the registry knows of a version with a process of its own: a wsh.Handler's Process.
type process interface {
	// Again starts the version once more, as another.
	Again(ctx context.Context) (*wsh.Handler, error)

	// IfItDiesAtOnce has f called if it does, in place of its being begun anew.
	IfItDiesAtOnce(f func(error))
}

// guard has the version before take the place of a new one whose process dies at once. It is good if it ran
// for a while; else the one is that was good before it.
func (r *Registry) guard(s *slot, was, now *wsh.Handler, ran time.Duration) {
	if was != nil && (s.good == nil || ran >= probation) {
		s.good = nil
		if p, ok := was.Process.(process); ok {
			s.good = p.Again
		}
	}
	if p, ok := now.Process.(process); ok && s.good != nil {
		p.IfItDiesAtOnce(func(err error) { r.killed.note(killedVersion{s, now, err, true}) })
	}
}

// probation is how long a version runs before it is good.
const probation = 10 * time.Second

// revert starts the last good version in the place of one whose process died at once.
func (r *Registry) revert(d killedVersion) {
	s := d.slot
	err := fmt.Errorf("its process died at once: %w", d.err)
	r.c.Report(Event{Kind: Failed, Script: d.handler.Script, Path: s.shown(), Version: d.handler.Version, Err: err})
	d.handler.Life.Retire() // its connections have ended with it
	now := s.state.Load()
	if now.replaced == nil || r.slots[s.path] != s || s.busy {
		return // replaced, gone, or about to be
	}
	s.busy = true
	r.loading++
	good, script, stamp := s.good, d.handler.Script, s.loaded
	go func() {
		start := time.Now()
		done := result{slot: s, script: script, stamp: stamp, doc: now.doc, instead: err}
		ctx, cancel := context.WithTimeout(context.Background(), r.c.LoadTimeout)
		defer cancel()
		h, failed := good(ctx)
		if done.err = failed; failed == nil {
			version := *h
			version.Script = script
			done.handler = &version
		}
		done.took = time.Since(start)
		r.results <- done
	}()
}
