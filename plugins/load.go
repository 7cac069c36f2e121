package plugins

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// load begins to load a script. Until doubted, a failure is not believed: the script may still be
// being written.
func (r *Registry) load(ctx context.Context, s *slot, from source, stamp string, doubted time.Time) {
	s.busy = true
	s.fresh, s.since = "", time.Time{}
	r.loading++
	go func() { r.results <- r.try(ctx, s, from, stamp, doubted) }()
}

func (r *Registry) try(ctx context.Context, s *slot, from source, stamp string, doubted time.Time) result {
	select {
	case r.room <- struct{}{}:
	case <-ctx.Done():
		return result{slot: s, changed: true}
	}
	done := result{slot: s, script: from.script, stamp: stamp}
	start := time.Now()
	done.err = r.call(ctx, from, &done)
	done.took = time.Since(start)
	<-r.room
	if wait := time.Until(doubted); done.err != nil && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	done.changed = ctx.Err() != nil || from.current() != stamp
	return done
}

// call runs the loader. A panic of it must not take the connections of other handlers with it.
func (r *Registry) call(ctx context.Context, from source, done *result) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("load %s: panic: %v\n%s", from.file, v, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, r.c.LoadTimeout)
	defer cancel()
	h, err := r.c.Load(ctx, from.file, from.script)
	if err != nil {
		return err
	}
	version := *h
	version.Script = from.script
	done.handler = &version
	return nil
}

// outcome publishes a version, or keeps the last good one.
func (r *Registry) outcome(done result) {
	s := done.slot
	s.busy = false
	if r.slots[s.path] != s {
		return // gone meanwhile
	}
	r.lookIn(gather)
	if done.changed {
		return
	}
	s.loaded = done.stamp
	was := s.state.Load()
	event := Event{Kind: Loaded, Script: done.script, Path: s.path, Took: done.took, Err: done.err}
	now := &state{script: done.script, handler: was.handler, err: done.err}
	switch {
	case done.err != nil:
		event.Kind = Failed
	case was.handler != nil:
		event.Kind = Reloaded
	}
	if done.err == nil {
		r.versions[done.script]++
		now.handler = done.handler
		now.handler.Version = r.versions[done.script]
	}
	if now.handler != nil {
		event.Version = now.handler.Version
	}
	s.state.Store(now)
	s.settled()
	r.c.Report(event)
	r.settled(s)
}

// settled notes that a script found at Open has come to something.
func (r *Registry) settled(s *slot) {
	delete(r.pending, s)
	if len(r.pending) > 0 {
		return
	}
	select {
	case <-r.ready:
	default:
		close(r.ready)
	}
}
