package plugins_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wshd/plugins"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestHundredHandlersLoadConcurrently(t *testing.T) {
	dir := t.TempDir()
	for i := range 100 {
		write(t, dir, fmt.Sprintf("%d/x_wsh.go", i), fmt.Sprint(i))
	}
	parallel := int64(runtime.GOMAXPROCS(0))
	var running, most, begun atomic.Int64
	all := make(chan struct{}) // closed once as many run as may
	r := open(t, dir, plugins.Config{Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		if begun.Add(1) == parallel {
			close(all)
		}
		<-all // not before all others run too
		return load(ctx, file, name)
	}})
	r.wait()
	for range 100 {
		r.next(plugins.Loaded)
	}
	if most.Load() > parallel {
		t.Errorf("%d were loaded at a time, want at most %d", most.Load(), parallel)
	}
	for i := range 100 {
		r.serves(fmt.Sprintf("/%d/x", i), fmt.Sprint(i))
	}
}

func TestLookupWaitsForTheFirstVersion(t *testing.T) {
	begun, on := make(chan struct{}), make(chan struct{})
	r := open(t, folder(t, "x_wsh.go", "one"), plugins.Config{
		Aliases: []plugins.Alias{{Path: "/", Target: "/x"}},
		Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
			close(begun)
			<-on
			return load(ctx, file, name)
		}})
	<-begun
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if h := r.Lookup(gone, "/x").Handler; h != nil {
		t.Error("got a handler before it was loaded")
	}
	if err := r.Registry.Wait(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("wait: got %v, want canceled", err)
	}
	if routes := r.Routes(); len(routes) != 2 || routes[1].Script != "x_wsh.go" || routes[1].Version != 0 {
		t.Errorf("got %+v", routes)
	}
	got := make(chan string)
	for _, path := range []string{"/x", "/"} {
		go func() { got <- textOf(r.Lookup(t.Context(), path).Handler) }()
	}
	close(on)
	for range 2 {
		if text := <-got; text != "one" {
			t.Errorf("got %q, want one", text)
		}
	}
	r.next(plugins.Loaded)
}

func TestReloadServesTheOldVersionMeanwhile(t *testing.T) {
	begun, on := make(chan struct{}), make(chan struct{})
	var loads atomic.Int64
	r := loaded(t, folder(t, "x_wsh.go", "one"), plugins.Config{
		Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
			if loads.Add(1) == 2 {
				close(begun)
				<-on
			}
			return load(ctx, file, name)
		}}, "/x")
	r.write("x_wsh.go", "two")
	<-begun
	r.serves("/x", "one")
	close(on)
	r.next(plugins.Reloaded)
	r.serves("/x", "two")
}

// TestChangeDuringLoad saves a script while it is being loaded: what was loaded may be half of each,
// so neither a version of it nor a failure counts.
func TestChangeDuringLoad(t *testing.T) {
	for _, first := range []string{"one", "broken"} {
		t.Run(first, func(t *testing.T) {
			dir := folder(t, "x_wsh.go", first)
			var loads atomic.Int64
			r := loaded(t, dir, plugins.Config{
				Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
					h, err := load(ctx, file, name)
					if loads.Add(1) == 1 {
						write(t, dir, "x_wsh.go", "two")
					}
					return h, err
				}}, "/x")
			if h := r.serves("/x", "two"); h.Version != 1 {
				t.Errorf("got version %d, want 1", h.Version)
			}
		})
	}
}

func TestDeletedDuringLoad(t *testing.T) {
	dir := folder(t, "x_wsh.go", "one")
	on := make(chan struct{})
	r := open(t, dir, plugins.Config{Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
		select {
		case <-on:
		case <-ctx.Done():
		}
		return load(ctx, file, name)
	}})
	r.remove("x_wsh.go")
	r.serves("/x", "") // returns once it is known to be gone
	r.wait()
	if routes := r.Routes(); len(routes) != 0 {
		t.Errorf("got %+v", routes)
	}
	close(on)
}

func TestLoaderThatPanicsOrHangsFails(t *testing.T) {
	r := open(t, folder(t, "hangs_wsh.go", "", "panics_wsh.go", "", "good_wsh.go", "good"), plugins.Config{
		LoadTimeout: time.Millisecond,
		Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
			switch name {
			case "panics_wsh.go":
				panic("oh")
			case "hangs_wsh.go":
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return load(ctx, file, name)
		}})
	r.wait()
	for range 3 {
		switch e := r.nextOf(plugins.Failed, plugins.Loaded); {
		case e.Path == "/good" && e.Kind == plugins.Loaded:
		case e.Path == "/hangs" && errors.Is(e.Err, context.DeadlineExceeded):
		case e.Path == "/panics" && strings.Contains(e.Err.Error(), "panic: oh"):
		default:
			t.Errorf("got %s", describe(e))
		}
	}
	r.serves("/good", "good")
	r.serves("/hangs", "")
}

func TestCloseStopsLoading(t *testing.T) {
	begun := make(chan struct{})
	r := open(t, folder(t, "a_wsh.go", "a"), plugins.Config{
		Load: func(ctx context.Context, file, name string) (*wsh.Handler, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
	<-begun
	for range 2 {
		if err := r.Registry.Close(); err != nil {
			t.Error(err)
		}
	}
	r.serves("/a", "") // waits for nothing any more
	if err := r.Registry.Wait(t.Context()); err == nil {
		t.Error("wait after close: got nil")
	}
	r.Rescan()
}

func TestNoHandlersAtAll(t *testing.T) {
	r := loaded(t, t.TempDir(), plugins.Config{})
	r.write("x_wsh.go", "one")
	r.expect(plugins.Loaded, "x_wsh.go", "/x", 1)
}

func TestEmptyFileIsReportedIfItStaysEmpty(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			r := loaded(t, folder(t, "x_wsh.go", "one"), mode.config, "/x")
			r.write("x_wsh.go", "")
			r.expect(plugins.Failed, "x_wsh.go", "/x", 1)
			r.serves("/x", "one")
		})
	}
}

// TestScripts loads real scripts, as everything does that gives no loader.
func TestScripts(t *testing.T) {
	const text = `package main

import "wshd/plugins/wsh"

var prefix = "one "

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText(prefix + m.Text()) })
}
`
	dir := folder(t, "echo_wsh.go", text)
	events := make(chan plugins.Event, 10)
	r, err := plugins.Open(plugins.Config{Root: dir, Report: func(e plugins.Event) { events <- e }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	says := func(want string) *wshtest.Client {
		t.Helper()
		h := r.Lookup(t.Context(), "/echo").Handler
		if h == nil {
			t.Fatal("no handler")
		}
		c := wshtest.Dial(t, h)
		c.SendText("hi")
		if got := c.ReceiveText(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		return c
	}
	old := says("one hi")
	<-events
	write(t, dir, "echo_wsh.go", strings.ReplaceAll(text, "return nil", "return nill"))
	e := <-events
	if want := filepath.Join(dir, "echo_wsh.go") + ":7:54: undefined: nill"; e.Kind != plugins.Failed || e.Err.Error() != want {
		t.Errorf("got %s, want %s", describe(e), want)
	}
	says("one hi")
	write(t, dir, "echo_wsh.go", strings.ReplaceAll(text, "one", "two"))
	if e := <-events; e.Kind != plugins.Reloaded || e.Version != 2 || e.Took <= 0 {
		t.Errorf("got %s after %v", describe(e), e.Took)
	}
	says("two hi")
	old.SendText("again")
	if got := old.ReceiveText(); got != "one again" {
		t.Errorf("an open connection got %q, want one again", got)
	}
	if hooks := r.Routes()[0].Hooks; strings.Join(hooks, " ") != "DoExtraHandshake TransferData" {
		t.Errorf("got hooks %v", hooks)
	}
}
