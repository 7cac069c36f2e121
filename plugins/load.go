package plugins

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"wshd/plugins/script"
	"wshd/plugins/wsh/pattern"
)

// check loads a script that has changed, once it has stopped changing.
func (r *Registry) check(ctx context.Context, s *slot, now source, stamp string) {
	if stamp == s.loaded && !s.dead {
		s.fresh, s.since = "", time.Time{}
		return
	}
	if s.busy {
		return // its result brings us back
	}
	t := time.Now()
	if stamp == s.loaded {
		if wait := s.until.Sub(t); wait > 0 {
			r.lookAfter(wait)
			return
		}
		r.load(ctx, s, now, stamp, time.Time{})
		return
	}
	if s.since.IsZero() {
		s.since = t
	}
	if stamp != s.fresh {
		s.fresh, s.at = stamp, t
	}
	wait := settle - t.Sub(s.at)
	if t.Sub(s.since) >= settleMost {
		wait = 0
	}
	if now.empty {
		wait = max(wait, emptyWait-t.Sub(s.since))
	}
	if wait > 0 {
		r.lookAfter(wait)
		return
	}
	r.load(ctx, s, now, stamp, s.since.Add(failedWait))
}

// load begins to load a script. A failure is told at doubtedUntil, if the script is still the same: it may
// be being written.
func (r *Registry) load(ctx context.Context, s *slot, from source, stamp string, doubtedUntil time.Time) {
	s.busy = true
	s.fresh, s.since = "", time.Time{}
	r.loading++
	go func() { r.results <- r.try(ctx, s, from, stamp, doubtedUntil) }()
}

func (r *Registry) try(ctx context.Context, s *slot, from source, stamp string, doubtedUntil time.Time) result {
	select {
	case r.loadTokens <- struct{}{}:
	case <-ctx.Done():
		return result{slot: s, changed: true}
	}
	done := result{slot: s, script: from.script, stamp: stamp}
	start := time.Now()
	done.doc = docOf(from)
	good, bad := declaredBy(from.declared)
	done.declared = good
	if done.err = errorsOf(bad); done.err == nil {
		done.err = r.callLoader(ctx, from, &done)
	}
	done.took = time.Since(start)
	<-r.loadTokens
	if wait := time.Until(doubtedUntil); done.err != nil && wait > 0 {
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

// PathsOf are the paths that a script says, in order; none if it has that of its file. The error says what is
// wrong with them.
func PathsOf(file string) (paths []string, err error) {
	var d digest
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		d = readFolder(file)
	} else {
		d = read(file)
	}
	good, bad := declaredBy(d.declared)
	for _, g := range good {
		paths = append(paths, g.Pattern)
	}
	return paths, errorsOf(bad)
}

// errorsOf is what is wrong with the paths that a script says; nil: nothing is.
func errorsOf(bad []pattern.Declared) error {
	var list script.Errors
	for _, d := range bad {
		list = append(list, script.Error{Pos: d.Pos, Msg: d.Err.Error()})
	}
	if list == nil {
		return nil
	}
	return list
}

// callLoader runs the loader. A panic of it must not take the connections of other handlers with it.
func (r *Registry) callLoader(ctx context.Context, from source, done *result) (err error) {
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

// finishLoad publishes a version, or keeps the last good one.
func (r *Registry) finishLoad(done result) {
	s := done.slot
	s.busy = false
	r.lookAfter(gather)
	if r.slots[s.path] != s || done.changed { // gone meanwhile, or to be loaded once more
		if done.handler != nil {
			done.handler.Life.Retire()
		}
		return
	}
	if s.loaded != done.stamp {
		s.pause, s.restarted = 0, false
	}
	s.loaded, s.dead = done.stamp, false
	was := s.state.Load()
	if done.err == nil || was.handler == nil {
		r.lead(s, done.declared)
	}
	event := Event{Kind: Loaded, Script: done.script, Path: s.shown(), Took: done.took, Err: done.err}
	now := &state{script: done.script, handler: was.handler, err: done.err, doc: done.doc}
	switch {
	case done.err != nil:
		event.Kind = Failed
		if was.paused {
			now.handler = nil
		}
	case was.handler != nil || was.replaced != nil:
		event.Kind, event.Again = Reloaded, s.restarted
	}
	if done.err == nil {
		if done.instead == nil {
			r.guard(s, was.handler, done.handler, time.Since(s.begun))
		}
		r.versions[done.script]++
		now.handler = done.handler
		now.handler.Version = r.versions[done.script]
		s.begun = time.Now()
	}
	if now.handler != nil {
		event.Version = now.handler.Version
	}
	if done.instead != nil && done.err == nil {
		now.err, event.Again = done.instead, true
	}
	s.replace(now)
	if now.handler != nil && now.handler.Life.Killed() != nil {
		s.hide(now.handler)
	}
	s.settled()
	r.c.Report(event)
	if done.err == nil {
		r.watchLife(s, now.handler)
	}
	r.noteSettled(s)
}

// lead has the paths lead to a handler that it now says.
func (r *Registry) lead(s *slot, declared []pattern.Declared) {
	if same := func(a, b pattern.Declared) bool { return a.Pattern == b.Pattern }; slices.EqualFunc(s.declared, declared, same) {
		s.declared = declared // on other lines, perhaps
		return
	}
	s.declared = declared
	r.publish()
}

// noteSettled notes that a script found at Open has come to something.
func (r *Registry) noteSettled(s *slot) {
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

// replace puts a new version into the place of the current one.
func (s *slot) replace(now *state) {
	was := s.state.Swap(now)
	if was.replaced != nil {
		close(was.replaced)
	}
	if was.handler != nil && was.handler != now.handler {
		was.handler.Life.Retire()
	}
}
