//go:build linux

package compiled

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wshd/plugins"
	"wshd/plugins/wsh"
)

// versioned is a compiled handler that says which it is, and dies when there is a file of its name.
const versioned = `//go:build ignore

package main

import (
	"fmt"
	"os"
	"time"

	"wshd/plugins/wsh"
)

func init() {
	os.WriteFile("NAME.pid", []byte(fmt.Sprint(os.Getpid())), 0o644)
	go func() {
		for {
			if _, err := os.Stat("NAME.die"); err == nil {
				panic("all of it")
			}
			time.Sleep(time.Millisecond)
		}
	}()
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return r.SendText("NAME") }
`

// registry serves a root of one handler, x_wsh.go, and tells its events.
func registry(t *testing.T, text string) (root string, r *plugins.Registry, next func(kind plugins.EventKind) plugins.Event) {
	t.Helper()
	root = folder(t, "x_wsh.go", text)
	events := make(chan plugins.Event, 100)
	log := &lines{more: make(chan struct{})}
	choice := Choice{When: []string{"always"}, Process: Process{Log: slog.New(slog.NewTextHandler(log, nil)), Old: new(Old)}}
	choice.Script.Imports = []string{"default", "os"}
	r, err := plugins.Open(plugins.Config{Root: root, Load: builder(t, root).Chooser(choice), LoadTimeout: LoadTime, Report: func(e plugins.Event) { events <- e }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		if t.Failed() {
			t.Log(log.text.String())
		}
	})
	return root, r, func(kind plugins.EventKind) plugins.Event {
		t.Helper()
		select {
		case e := <-events:
			if e.Kind != kind {
				t.Fatalf("got %v %v, want %v", e.Kind, e.Err, kind)
			}
			return e
		case <-time.After(5 * time.Minute):
			t.Fatalf("no event, want %v", kind)
		}
		return plugins.Event{}
	}
}

func version(name string) string { return strings.ReplaceAll(versioned, "NAME", name) }

// alive reports whether the process of a version runs.
func alive(t *testing.T, root, name string) bool {
	t.Helper()
	return syscall.Kill(pidOf(t, root, name), 0) == nil
}

// awaitEnd waits until the process of a version has ended.
func awaitEnd(t *testing.T, root, name string) {
	t.Helper()
	fd, err := unix.PidfdOpen(pidOf(t, root, name), 0)
	if errors.Is(err, syscall.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Minute/time.Millisecond))
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("the process of version %s still runs: %v", name, err)
		}
		return
	}
}

func pidOf(t *testing.T, root, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	fmt.Sscan(string(text), &pid)
	return pid
}

func TestVersionsThatDieAtOnceLeaveTheLastGoodOne(t *testing.T) {
	crashing := 10
	if os.Getenv("CI") != "" || testing.Short() {
		crashing = 3
	}
	root, r, next := registry(t, version("good"))
	next(plugins.Loaded)
	for i := range crashing {
		bad := fmt.Sprint("bad", i)
		write(t, filepath.Join(root, "x_wsh.go"), version(bad))
		e := next(plugins.Reloaded)
		write(t, filepath.Join(root, bad+".die"), "")
		if e.Version != 2*i+2 {
			t.Errorf("got version %d, want %d", e.Version, 2*i+2)
		}
		if e = next(plugins.Failed); !strings.Contains(e.Err.Error(), "its process died at once: panic: all of it") {
			t.Errorf("got %v, want that it died at once", e.Err)
		}
		if e = next(plugins.Reloaded); !e.Again || e.Version != 2*i+3 {
			t.Errorf("got %+v, want the good version again", e)
		}
		if routes := r.Routes(); len(routes) != 1 || routes[0].Err == nil {
			t.Errorf("got %+v, want why the script as it stands does not serve", routes)
		}
		h := r.Lookup(t.Context(), "/x")
		if h.Handler == nil || h.Version != 2*i+3 || !alive(t, root, "good") {
			t.Fatalf("got %+v, want the good version", h)
		}
	}
	write(t, filepath.Join(root, "x_wsh.go"), version("better"))
	next(plugins.Reloaded)
	if h := r.Lookup(t.Context(), "/x"); h.Handler == nil || !alive(t, root, "better") {
		t.Errorf("got %+v, want the version that was saved last", h)
	}
}

func TestProcessesOfOldVersionsAreBounded(t *testing.T) {
	root, r, next := registry(t, version("v0"))
	next(plugins.Loaded)
	var held []*wsh.Handler // as by connections that stay
	for i := 1; i <= mostOld+1; i++ {
		h := r.Lookup(t.Context(), "/x")
		h.Life.Acquire()
		held = append(held, h.Handler)
		write(t, filepath.Join(root, "x_wsh.go"), version(fmt.Sprint("v", i)))
		next(plugins.Reloaded)
	}
	awaitEnd(t, root, "v0")
	for i := 1; i <= mostOld+1; i++ {
		if !alive(t, root, fmt.Sprint("v", i)) {
			t.Errorf("the process of version %d has gone", i)
		}
	}
	for _, h := range held {
		h.Life.Release()
	}
}
