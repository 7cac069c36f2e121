package serve

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wshd/host/admin"
	"wshd/plugins"
)

// TestFailuresAreThoseOfTheScriptAsItIs goes through the life of a script.
func TestFailuresAreThoseOfTheScriptAsItIs(t *testing.T) {
	history := admin.NewHistory(time.Now(), func() admin.Totals { return admin.Totals{} })
	defer history.Close()
	var f failures
	fails := func(version int, text string) func() { return func() { f.add("x", version, errors.New(text), false) } }
	event := func(kind plugins.EventKind, version int) func() {
		return func() { f.heed(plugins.Event{Kind: kind, Script: "x", Version: version, Err: errors.New("slow")}) }
	}
	for _, step := range []struct {
		name string
		do   func()
		want string // version, count, text, stopped, past
	}{
		{"loaded", event(plugins.Loaded, 1), ""},
		{"fails", fails(1, "a"), "1 1 a false false"},
		{"fails in another way", fails(1, "b"), "1 2 b false false"},
		{"a goroutine fails", fails(0, "c"), "1 3 c false false"},
		{"is saved broken", event(plugins.Failed, 1), "1 3 c false false"},
		{"is mended", event(plugins.Reloaded, 2), "1 3 c false true"},
		{"one from before fails", fails(1, "d"), "1 4 d false true"},
		{"the new one fails", fails(2, "e"), "2 1 e false false"},
		{"one from before fails again", fails(1, "d"), "2 1 e false false"},
		{"is stopped", event(plugins.Killed, 2), "2 2 slow true false"},
		{"begins afresh", func() { f.heed(plugins.Event{Kind: plugins.Reloaded, Script: "x", Version: 3, Again: true}) }, "2 2 slow true false"},
		{"and fails", fails(3, "f"), "3 3 f false false"},
		{"fails before anybody hears that it is loaded", fails(4, "g"), "4 1 g false false"},
		{"and is heard of", event(plugins.Reloaded, 4), "4 1 g false false"},
		{"says a lot", fails(4, strings.Repeat("x", 5000)), "4 2 " + strings.Repeat("x", maxFailure) + "… false false"},
		{"something is not served", func() { f.heed(plugins.Event{Kind: plugins.Warning}) }, "4 2 " + strings.Repeat("x", maxFailure) + "… false false"},
		{"is gone", event(plugins.Removed, 0), ""},
	} {
		step.do()
		got := ""
		if l := f.of("x", history); l != nil {
			got = fmt.Sprint(l.Version, l.Count, " ", l.Error.Text, " ", l.Killed, l.Past)
		}
		if got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
	if len(f.scripts) != 0 {
		t.Errorf("left behind: %v", f.scripts)
	}
}
