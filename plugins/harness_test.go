package plugins_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/plugins"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// patience bounds every wait of a test; nothing that works comes near it.
const patience = 30 * time.Second

// root is a handler root with a registry, and what the registry has reported and nobody looked at.
type root struct {
	*testing.T
	dir string
	*plugins.Registry
	events chan plugins.Event
}

// open opens a registry on a folder, with a fake loader unless c has one.
func open(t *testing.T, dir string, c plugins.Config) *root {
	t.Helper()
	r := &root{T: t, dir: dir, events: make(chan plugins.Event, 10000)}
	c.Root = dir
	if c.Load == nil {
		c.Load = load
	}
	c.Report = func(e plugins.Event) { r.events <- e }
	var err error
	if r.Registry, err = plugins.Open(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Registry.Close(); err != nil {
			t.Error(err)
		}
		close(r.events)
		for e := range r.events {
			t.Errorf("nobody expected %s", describe(e))
		}
	})
	return r
}

// loaded opens a registry and takes the Loaded events of these paths, which come in any order.
func loaded(t *testing.T, dir string, c plugins.Config, paths ...string) *root {
	t.Helper()
	r := open(t, dir, c)
	r.wait()
	var got []string
	for range paths {
		got = append(got, r.next(plugins.Loaded).Path)
	}
	slices.Sort(got)
	slices.Sort(paths)
	if !slices.Equal(got, paths) {
		t.Fatalf("got %v loaded, want %v", got, paths)
	}
	return r
}

func (r *root) wait() {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := r.Registry.Wait(ctx); err != nil {
		r.Fatal(err)
	}
}

func describe(e plugins.Event) string {
	return fmt.Sprintf("%v %s %s v%d: %v", e.Kind, e.Script, e.Path, e.Version, e.Err)
}

// next returns the next event, which must be of this kind.
func (r *root) next(kind plugins.EventKind) plugins.Event { r.Helper(); return r.nextOf(kind) }

// nextOf returns the next event, which must be of one of these kinds.
func (r *root) nextOf(kinds ...plugins.EventKind) plugins.Event {
	r.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case e := <-r.events:
		if !slices.Contains(kinds, e.Kind) {
			r.Fatalf("got %s, want %v", describe(e), kinds)
		}
		return e
	case <-timer.C:
		r.Fatalf("no event, want %v", kinds)
	}
	panic("unreachable")
}

// expect wants the next event to be this one.
func (r *root) expect(kind plugins.EventKind, script, path string, version int) plugins.Event {
	r.Helper()
	e := r.next(kind)
	if e.Script != script || e.Path != path || e.Version != version {
		r.Fatalf("got %s, want %v %s %s v%d", describe(e), kind, script, path, version)
	}
	return e
}

// serves wants the handler at path to be of a script with this text; "": no handler.
func (r *root) serves(path, text string) *wsh.Handler {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	h := r.Lookup(ctx, path).Handler
	if got := textOf(h); got != text {
		r.Fatalf("%s: got the handler of %q, want %q", path, got, text)
	}
	return h
}

func (r *root) write(name, text string) { r.Helper(); write(r.T, r.dir, name, text) }

func (r *root) remove(name string) {
	r.Helper()
	if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
		r.Fatal(err)
	}
}

// rename moves a file; both names are in the root, unless they are whole paths.
func (r *root) rename(from, to string) {
	r.Helper()
	if !filepath.IsAbs(from) {
		from = filepath.Join(r.dir, from)
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(r.dir, to)
	}
	if err := os.Rename(from, to); err != nil {
		r.Fatal(err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// folder makes a folder holding files: name, text, name, text.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, dir, files[i], files[i+1])
	}
	return dir
}

func textOf(h *wsh.Handler) string {
	if h == nil {
		return ""
	}
	if err := h.DoExtraHandshake(nil); err != nil {
		return err.Error()
	}
	return ""
}

// load is a fake loader: the handler's handshake fails with the script's text. A text that holds the
// word broken does not load.
func load(_ context.Context, file, _ string) (*wsh.Handler, error) {
	names := []string{file}
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(file, "*.go")); err != nil {
			return nil, err
		}
	}
	var all []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, string(text))
	}
	text := strings.Join(all, "+")
	if text == "" || strings.Contains(text, "broken") {
		return nil, fmt.Errorf("%s:1:1: %q", file, text)
	}
	return &wsh.Handler{
		DoExtraHandshake: func(*wsh.Request) error { return errors.New(text) },
		TransferData:     func(*wsh.Request) error { return nil },
	}, nil
}

// modes are the ways to notice a change; each must do alone.
var modes = []struct {
	name   string
	config plugins.Config
}{
	{"notify", plugins.Config{Poll: time.Hour}},
	{"poll", plugins.Config{Poll: 20 * time.Millisecond, NoNotify: true}},
}
