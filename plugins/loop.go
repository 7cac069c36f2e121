package plugins

import (
	"context"
	"fmt"
	"time"

	"github.com/fsnotify/fsnotify"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/pattern"
)

// How long the loop waits after a change, so that no script is read half written. Together with
// Poll they stay below a second.
const (
	gather      = 10 * time.Millisecond  // from one announced change to looking at them all
	settle      = 30 * time.Millisecond  // a script must look the same for this long
	settleMost  = 300 * time.Millisecond // but not settling must not keep it from being loaded for ever
	emptyWait   = 300 * time.Millisecond // an empty file is about to be written
	missingWait = 100 * time.Millisecond // a file that is missing is about to be renamed into place
	failedWait  = 200 * time.Millisecond // a script that fails may still be being written
)

// loop is what the registry's goroutine keeps to itself.
type loop struct {
	slots     map[string]*slot
	versions  map[string]int  // of each script, its deletion outlasting
	pending   map[*slot]bool  // found at Open and not yet loaded or failed
	warned    map[string]bool // what holds now and has been reported
	dangling  []idleAlias     // without effect
	conflicts []Event         // paths that scripts say and do not get
	rootGone  bool
	imported  string // what handlers import, and by which go.mod

	results    chan result
	loadTokens chan struct{} // a token for each script that is loaded at this time
	loading    int
	nextLook   *time.Timer // apart from Poll
	due        time.Time   // when that fires; zero: it does not
	notify     *notifier
}

// watched is what the loop knows of a slot.
type watched struct {
	script   string
	declared []pattern.Declared // the paths that its current version says, or the script if it has none
	loaded   string             // the stamp of what was last loaded or failed
	busy     bool               // being loaded
	fresh    string             // a stamp that differs, and is watched until it settles
	at       time.Time
	since    time.Time // when it was first seen to differ
	missing  time.Time // when it was first seen to be gone

	begun     time.Time     // when its current version was loaded
	dead      bool          // that version has been killed
	until     time.Time     // not to be loaded again before, unless it changes
	pause     time.Duration // the last
	restarted bool          // it has been killed before, as it now stands

	good func(context.Context) (*wsh.Handler, error) // starts the last good version once more; nil: cannot be
}

// result is what one load came to.
type result struct {
	*slot
	script   string
	stamp    string
	handler  *wsh.Handler
	err      error
	doc      string
	declared []pattern.Declared
	took     time.Duration
	changed  bool  // the script changed meanwhile: this is not it
	instead  error // not nil: the last good version is in the place of one that died of this
}

func newLoop(parallel int) loop {
	return loop{
		slots: map[string]*slot{}, versions: map[string]int{}, pending: map[*slot]bool{}, warned: map[string]bool{},
		results: make(chan result), loadTokens: make(chan struct{}, parallel),
	}
}

// run is the registry's goroutine.
func (r *Registry) run(ctx context.Context, first found) {
	defer close(r.done)
	r.nextLook = time.NewTimer(0)
	defer r.nextLook.Stop()
	r.notify = openNotifier(!r.c.NoNotify)
	defer r.notify.close()
	defer r.finish()
	r.begin(ctx, first)
	poll := time.NewTimer(r.c.Poll)
	defer poll.Stop()
	var took time.Duration // looking, last time
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-r.notify.events:
			if e.Op != fsnotify.Chmod {
				r.lookAfter(max(gather, 5*took))
			}
			continue
		case <-r.notify.errors: // some events are lost
			r.lookAfter(max(gather, 5*took))
			continue
		case done := <-r.results:
			r.loading--
			r.finishLoad(done)
			continue
		case <-r.killed.more:
			for _, d := range r.killed.take() {
				r.restart(d)
			}
			continue
		case <-r.rescan:
		case <-poll.C:
		case <-r.nextLook.C:
			r.due = time.Time{}
		}
		start := time.Now()
		names := r.look(ctx)
		took = time.Since(start)
		poll.Reset(r.nextPoll(names, took))
	}
}

// nextPoll is when to look again if no change is announced. A large root is looked at less often: to look at
// a name takes some 10 µs, which come to less than a hundredth of a processor, however many there are; and
// where files are far away, to wait for them is a twentieth of the time.
func (r *Registry) nextPoll(names int, took time.Duration) time.Duration {
	return max(r.c.Poll, time.Duration(names)*2*time.Millisecond, 20*took)
}

// begin reports and loads what Open has found.
func (r *Registry) begin(ctx context.Context, first found) {
	for _, s := range first.sources {
		r.pending[r.slots[s.path]] = true
	}
	r.warn(first.warnings)
	r.watch(first.folders)
	r.noteImports(first)
	for _, s := range first.sources {
		r.load(ctx, r.slots[s.path], s, s.stamp(), time.Time{})
	}
	r.noteSettled(nil)
	r.lookAfter(settle) // what changed before the folders were watched
}

// finish waits for loads that are under way, and lets go those who wait for them.
func (r *Registry) finish() {
	for ; r.loading > 0; r.loading-- {
		<-r.results
	}
	for _, s := range r.slots {
		s.settled()
	}
}

// lookAfter looks again after a time, or sooner if that has been asked for.
func (r *Registry) lookAfter(d time.Duration) {
	due := time.Now().Add(d)
	if r.due.IsZero() || due.Before(r.due) {
		r.due = due
		r.nextLook.Reset(d)
	}
}

// look compares what there is with what is loaded. It returns how many names it has looked at.
func (r *Registry) look(ctx context.Context) (names int) {
	f, err := r.scanner.find()
	if err != nil {
		if !r.rootGone {
			r.rootGone = true
			r.c.Report(Event{Kind: Warning, Err: fmt.Errorf("handler root %s: %w; what is loaded serves on", r.c.Root, err)})
		}
		return 0
	}
	r.rootGone = false
	if r.addSlots(f, false) {
		r.publish()
	}
	for _, s := range f.sources {
		r.check(ctx, r.slots[s.path], s, s.stamp())
	}
	r.removeMissing(f)
	r.warn(f.warnings)
	r.watch(f.folders)
	r.noteImports(f)
	return f.names
}

// noteImports tells when what handlers import has changed.
func (r *Registry) noteImports(f found) {
	now := f.imports()
	if now != r.imported {
		r.imported = now
		r.c.Imports()
	}
}

// addSlots makes slots for paths that are new.
func (r *Registry) addSlots(f found, first bool) (changed bool) {
	for _, s := range f.sources {
		known := r.slots[s.path]
		if known == nil {
			known = &slot{path: s.path, outcome: make(chan struct{})}
			known.state.Store(&state{script: s.script})
			known.declared, _ = declaredBy(s.declared)
			r.slots[s.path] = known
			changed = true
		}
		known.script, known.missing = s.script, time.Time{}
	}
	return changed || first
}

// removeMissing lets go of scripts that have been gone for a while, and reports whether there were any. Their
// routes are gone before anybody hears.
func (r *Registry) removeMissing(f found) bool {
	here := map[string]bool{}
	for _, s := range f.sources {
		here[s.path] = true
	}
	var gone []*slot
	for path, s := range r.slots {
		if here[path] || f.mayHold(s.script) {
			continue
		}
		t := time.Now()
		if s.missing.IsZero() {
			s.missing = t
		}
		if wait := missingWait - t.Sub(s.missing); wait > 0 {
			r.lookAfter(wait)
			continue
		}
		delete(r.slots, path)
		gone = append(gone, s)
	}
	if len(gone) > 0 {
		r.publish()
	}
	for _, s := range gone {
		was := s.state.Load()
		s.replace(&state{script: was.script})
		s.settled()
		if was.handler != nil || was.err != nil {
			r.c.Report(Event{Kind: Removed, Script: was.script, Path: s.shown()})
		}
		r.noteSettled(s)
	}
	return len(gone) > 0
}

// warn reports warnings that are new, of aliases too.
func (r *Registry) warn(warnings []Event) {
	for _, a := range r.dangling {
		where := ""
		if a.Where != "" {
			where = a.Where + ": "
		}
		warnings = append(warnings, Event{Kind: Warning, Path: a.Path,
			Err: fmt.Errorf("%salias %s has no effect: %s", where, a.Path, a.why)})
	}
	warnings = append(warnings, r.conflicts...)
	now := map[string]bool{}
	for _, w := range warnings {
		if now[w.Err.Error()] = true; !r.warned[w.Err.Error()] {
			r.c.Report(w)
		}
	}
	r.warned = now
}

// watch asks to be told of changes.
func (r *Registry) watch(folders []string) {
	more, err := r.notify.watch(folders)
	if more {
		r.lookAfter(settle) // what changed before they were watched
	}
	if err != nil {
		r.c.Report(Event{Kind: Warning, Err: fmt.Errorf("changes are noticed every %v only: %w", r.c.Poll, err)})
	}
}
