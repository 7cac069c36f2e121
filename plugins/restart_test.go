package plugins_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"wshd/plugins"
	"wshd/plugins/wsh"
)

// mortal is the fake loader with handlers that can be killed.
func mortal(ctx context.Context, file, name string) (*wsh.Handler, error) {
	h, err := load(ctx, file, name)
	if err == nil {
		h.Life = wsh.NewLife(func() {})
	}
	return h, err
}

func TestKilledHandlerIsLoadedAgain(t *testing.T) {
	r := loaded(t, folder(t, "x_wsh.go", "one"), plugins.Config{Load: mortal}, "/x")
	first := r.serves("/x", "one")
	first.Life.Kill(errors.New("ran away"))
	if e := r.expect(plugins.Killed, "x_wsh.go", "/x", 1); e.Err == nil || e.Err.Error() != "ran away" {
		t.Errorf("got %v, want why it was killed", e.Err)
	}
	second := r.serves("/x", "one")
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
	if second == first || !second.Life.Acquire() {
		t.Fatal("want a fresh version")
	}
	second.Life.Release()

	// Killed again so soon, it pauses.
	second.Life.Kill(errors.New("ran away"))
	r.expect(plugins.Killed, "x_wsh.go", "/x", 2)
	var no *wsh.HandshakeError
	if h := r.Lookup(t.Context(), "/x"); !errors.As(h.DoExtraHandshake(nil), &no) || no.Status != 503 || no.Header.Get("Retry-After") == "" {
		t.Errorf("got %v, want 503 and a Retry-After", no)
	}
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 3)

	// A fix is taken without a pause, and forgives what was.
	r.serves("/x", "one").Life.Kill(errors.New("ran away"))
	r.expect(plugins.Killed, "x_wsh.go", "/x", 3)
	r.write("x_wsh.go", "two")
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 4)
	r.serves("/x", "two").Life.Kill(errors.New("ran away"))
	r.expect(plugins.Killed, "x_wsh.go", "/x", 4)
	r.serves("/x", "two")
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 5)
}

func TestKilledHandlerThatNoLongerLoadsIsGone(t *testing.T) {
	r := loaded(t, folder(t, "x_wsh.go", "one"), plugins.Config{Load: mortal}, "/x")
	r.write("x_wsh.go", "broken")
	r.expect(plugins.Failed, "x_wsh.go", "/x", 1)
	r.serves("/x", "one").Life.Kill(errors.New("ran away"))
	r.expect(plugins.Killed, "x_wsh.go", "/x", 1)
	r.serves("/x", "")
	r.expect(plugins.Failed, "x_wsh.go", "/x", 0)
	r.write("x_wsh.go", "two")
	r.expect(plugins.Loaded, "x_wsh.go", "/x", 2)
	r.serves("/x", "two")
}

func TestReplacedHandlerEndsWithItsLastConnection(t *testing.T) {
	ended := make(chan string, 10)
	r := loaded(t, folder(t, "x_wsh.go", "one"), plugins.Config{Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
		h, err := load(ctx, file, name)
		if err == nil {
			h.Life = wsh.NewLife(func() { ended <- h.DoExtraHandshake(nil).Error() })
		}
		return h, err
	}}, "/x")
	one := r.serves("/x", "one")
	for range 2 {
		if !one.Life.Acquire() {
			t.Fatal("the current version cannot be held")
		}
	}
	r.write("x_wsh.go", "two")
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
	one.Life.Release()
	r.write("x_wsh.go", "three")
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 3)
	if got := <-ended; got != "two" {
		t.Errorf("got the end of %s, want that of two: nobody is connected to it", got)
	}
	one.Life.Release()
	if got := <-ended; got != "one" || one.Life.Acquire() {
		t.Errorf("got the end of %s, want that of one", got)
	}
	r.remove("x_wsh.go")
	r.expect(plugins.Removed, "x_wsh.go", "/x", 0)
	if got := <-ended; !strings.Contains(got, "three") {
		t.Errorf("got the end of %s, want that of three, which is gone", got)
	}
}
