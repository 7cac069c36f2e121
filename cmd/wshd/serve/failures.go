package serve

import (
	"errors"
	"go/token"
	"sync"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/host/admin"
	"wshd/plugins"
)

// failures is what each script of a registry has last failed with while it ran, for the status page. The
// zero value is ready for use.
type failures struct {
	mu      sync.Mutex
	scripts map[string]*failing
}

// failing is one script.
type failing struct {
	version int  // the one that was loaded last
	changed bool // the script has been saved since, broken: its lines are not those of version
	count   int  // of last's version; 0: there is no last
	last    failure
}

// failure is one of a version, and how often the version has failed.
type failure struct {
	version     int
	same        int // the last version that is the same script, started afresh
	at          time.Time
	text        string
	line, caret string
	killed      bool
	past        bool // another version has been loaded since, of a script that is no longer the same
}

// maxFailure bounds what is kept of an error's text, in bytes.
const maxFailure = 1000

// add notes that a version failed; 0 is the present one.
func (f *failures) add(name string, version int, err error, killed bool) {
	text := err.Error()
	if len(text) > maxFailure {
		text = text[:maxFailure] + "…"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.script(name)
	if version == 0 {
		version = s.version
	}
	s.version = max(s.version, version)
	old := version < s.version
	switch {
	case s.count > 0 && old && !s.last.past:
		return // of connections from before, when there is news of those that come now
	case version < s.last.version || version > s.last.same || s.last.past != old:
		s.count = 0
	}
	now := failure{version: version, same: version, at: time.Now(), text: text, killed: killed, past: old}
	if s.count > 0 && s.last.text == text { // the same once more, which reads no file
		now.line, now.caret = s.last.line, s.last.caret
	} else if at, ok := positionOf(err); ok && !old && !s.changed {
		now.line, now.caret = hint.Excerpts{}.Of(at)
	}
	s.count++
	s.last = now
}

// script finds or makes a script's; f.mu is held.
func (f *failures) script(name string) *failing {
	s := f.scripts[name]
	if s == nil {
		if f.scripts == nil {
			f.scripts = map[string]*failing{}
		}
		s = new(failing)
		f.scripts[name] = s
	}
	return s
}

// positionOf is where in a script an error comes from, if it knows.
func positionOf(err error) (token.Position, bool) {
	var at interface{ Pos() token.Position }
	if !errors.As(err, &at) {
		return token.Position{}, false
	}
	pos := at.Pos()
	return pos, pos.IsValid()
}

// heed notes what has become of a script.
func (f *failures) heed(e plugins.Event) {
	switch e.Kind {
	case plugins.Warning:
		return
	case plugins.Killed:
		f.add(e.Script, e.Version, e.Err, true)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.script(e.Script)
	switch e.Kind {
	case plugins.Loaded, plugins.Reloaded:
		s.version, s.changed = max(s.version, e.Version), false
		if e.Again && !s.last.past {
			s.last.same = max(s.last.same, e.Version)
		}
		s.last.past = s.last.same < e.Version
	case plugins.Failed:
		s.changed = true
	case plugins.Removed:
		delete(f.scripts, e.Script)
	}
}

// of is the last of a script, to show; nil: there is none.
func (f *failures) of(name string, history *admin.History) *admin.Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.scripts[name]
	if s == nil || s.count == 0 {
		return nil
	}
	l := s.last
	return &admin.Failure{Version: l.version, Count: s.count, At: history.At(l.at), Killed: l.killed, Past: l.past,
		Error: admin.Error{Text: l.text, Line: l.line, Caret: l.caret}}
}
