package plugins

import (
	"context"
	"errors"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// TestScriptsOfAnUnreadableFolderStay needs no folder that cannot be read, which root has none of.
func TestScriptsOfAnUnreadableFolderStay(t *testing.T) {
	r := &Registry{c: Config{Report: func(Event) {}}, ready: make(chan struct{}), loop: newLoop(1)}
	r.again = time.NewTimer(time.Hour)
	defer r.again.Stop()
	there := found{sources: []source{{path: "/a/x", script: "a/x_wsh.go"}, {path: "/ab/y", script: "ab/y_wsh.go"}}}
	r.take(there, true)
	for _, s := range r.slots {
		s.state.Store(&state{script: s.script, handler: &wsh.Handler{}})
		s.missing = time.Now().Add(-time.Hour)
	}
	r.drop(found{unread: []string{"a"}})
	r.publish()
	if r.Lookup(context.Background(), "/a/x") == nil {
		t.Error("a script in a folder that cannot be read was dropped")
	}
	if r.Lookup(context.Background(), "/ab/y") != nil {
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
