package plugins

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// TestScriptsOfAnUnreadableFolderStay needs no folder that cannot be read, which root has none of.
func TestScriptsOfAnUnreadableFolderStay(t *testing.T) {
	r := &Registry{c: Config{Report: func(Event) {}}, ready: make(chan struct{}), loop: newLoop(1)}
	r.nextLook = time.NewTimer(time.Hour)
	defer r.nextLook.Stop()
	there := found{sources: []source{{path: "/a/x", script: "a/x_wsh.go"}, {path: "/ab/y", script: "ab/y_wsh.go"}}}
	r.addSlots(there, true)
	for _, s := range r.slots {
		s.state.Store(&state{script: s.script, handler: &wsh.Handler{}})
		s.missing = time.Now().Add(-time.Hour)
	}
	r.removeMissing(found{unread: []string{"a"}})
	r.publish()
	if r.Lookup(context.Background(), "/a/x").Handler == nil {
		t.Error("a script in a folder that cannot be read was dropped")
	}
	if r.Lookup(context.Background(), "/ab/y").Handler != nil {
		t.Error("a script that is gone is still there")
	}
}

func TestNotifierTellsOnceThatItIsBroken(t *testing.T) {
	broken := errors.New("too many")
	n := openNotifier(false)
	n.broken = broken
	if _, err := n.watch(nil); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if _, err := n.watch(nil); err != nil {
		t.Errorf("got %v again", err)
	}
}

func TestMissingScriptIsDroppedOnlyAfterAWhile(t *testing.T) {
	r := &Registry{c: Config{Report: func(Event) {}}, ready: make(chan struct{}), loop: newLoop(1)}
	r.nextLook = time.NewTimer(time.Hour)
	defer r.nextLook.Stop()
	there := found{sources: []source{{path: "/x", script: "x_wsh.go"}}}
	r.addSlots(there, true)
	if r.removeMissing(found{}) || r.slots["/x"] == nil {
		t.Error("dropped at first sight: an editor may be about to rename a file into place")
	}
	if r.due.IsZero() {
		t.Error("nobody looks again")
	}
	r.addSlots(there, false) // it is back
	if r.removeMissing(found{}) {
		t.Error("dropped for two short absences")
	}
	r.slots["/x"].missing = time.Now().Add(-missingWait)
	if !r.removeMissing(found{}) || r.slots["/x"] != nil {
		t.Error("not dropped")
	}
}

func TestScriptIsLoadedOnceItHasComeToRest(t *testing.T) {
	for _, test := range []struct {
		name      string
		at, since time.Duration // ago that it last changed, and first
		stamp     string
		empty     bool
		want      bool
	}{
		{name: "first seen", stamp: "new"},
		{name: "unchanged", stamp: "loaded", at: time.Hour, since: time.Hour},
		{name: "at rest", stamp: "fresh", at: settle, since: settle, want: true},
		{name: "not yet at rest", stamp: "fresh", at: 0, since: settle},
		{name: "changed again", stamp: "newer", at: settle, since: settle},
		{name: "changing all the time", stamp: "newer", at: 0, since: settleMost, want: true},
		{name: "empty", stamp: "fresh", at: settle, since: settle, empty: true},
		{name: "empty for long", stamp: "fresh", at: emptyWait, since: emptyWait, empty: true, want: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &Registry{c: Config{}, loop: newLoop(1)}
			r.nextLook = time.NewTimer(time.Hour)
			defer r.nextLook.Stop()
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // what is loaded comes to nothing
			s := &slot{path: "/x", outcome: make(chan struct{})}
			s.loaded = "loaded"
			if test.since > 0 {
				s.fresh, s.at, s.since = "fresh", time.Now().Add(-test.at), time.Now().Add(-test.since)
			}
			r.loadTokens <- struct{}{} // a token, so that only ctx lets the load go
			r.check(ctx, s, source{digest: digest{empty: test.empty}}, test.stamp)
			if s.busy != test.want {
				t.Errorf("got loading %v, want %v", s.busy, test.want)
			}
			if s.busy {
				<-r.results
			} else if waits := test.stamp != "loaded"; waits == r.due.IsZero() {
				t.Errorf("looks again: %v, want %v", !r.due.IsZero(), waits)
			}
		})
	}
}

func TestLargeRootIsLookedAtLessOften(t *testing.T) {
	r := &Registry{c: Config{Poll: 500 * time.Millisecond}}
	for _, tt := range []struct {
		name  string
		names int
		took  time.Duration
		want  time.Duration
	}{
		{"small", 20, 200 * time.Microsecond, 500 * time.Millisecond},
		{"small on a busy machine", 20, 20 * time.Millisecond, 500 * time.Millisecond},
		{"large", 5000, 40 * time.Millisecond, 10 * time.Second},
		{"far away", 200, time.Second, 20 * time.Second},
	} {
		if got := r.nextPoll(tt.names, tt.took); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestLookingCountsAllNames(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a_wsh.go", "page.html", "folder/b_wsh.go", "c_wsh/c.go", "c_wsh/d.go"} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("package main\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := (&scanner{root: root}).find()
	if err != nil || f.names != 7 { // five files, two folders
		t.Errorf("got %d, %v, want 7", f.names, err)
	}
	if len(f.folders) != 3 {
		t.Errorf("got %q to watch, want three", f.folders)
	}
}
