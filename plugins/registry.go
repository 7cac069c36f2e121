// Package plugins keeps a folder of handler scripts loaded: it finds them, watches them, and swaps in
// what has been saved.
package plugins

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"wshd/plugins/script"
	"wshd/plugins/wsh"
)

// Config says where scripts are and how they are loaded. Root is required.
type Config struct {
	Root string // the handler root, a folder; scripts are named relative to it
	Scan string // only this folder below Root, relative to it; paths still begin at Root. "": all

	// Aliases give handlers further paths. They are taken from top to bottom, and a target may be
	// an alias before it; an alias hides a handler of its own path. One without a target has no
	// effect, until there is one.
	Aliases []Alias

	// AllowOutsideLinks follows symbolic links that lead out of Root. Otherwise they are skipped,
	// with a Warning.
	AllowOutsideLinks bool

	Poll     time.Duration // how often to look for changes that nobody announces; 0: 500ms
	NoNotify bool          // poll only: do not ask the system to announce changes

	Script      script.Config // its Root and OutsideLinks are those above
	LoadTimeout time.Duration // of one script, its initialisation included; 0: 30s

	// Load makes a handler of a script; nil: script.Load with Script. file is its path as Root
	// begins it, name its path in Root.
	Load func(ctx context.Context, file, name string) (*wsh.Handler, error)

	// Imports is called, on the registry's goroutine, when what handlers import has changed, or go.mod. nil:
	// nobody is told.
	Imports func()

	// Report is told what happens, one Event at a time, on the registry's goroutine, which waits
	// for it: it must not call Close or Wait. nil: nobody is told.
	Report func(Event)
}

// Registry holds the current version of every handler in a folder. A script that is saved broken
// leaves its last good version in place; so does a root that has gone or cannot be read, until it is
// back.
type Registry struct {
	c       Config
	scanner scanner
	table   atomic.Pointer[table]
	rescan  chan struct{}
	ready   chan struct{} // closed when everything found at Open has been loaded or failed
	stop    context.CancelFunc
	done    chan struct{} // closed when the loop has ended

	killed killed

	loop // of the goroutine that run is
}

// slot is one handler through its versions.
type slot struct {
	path    string        // as its file is named, which is its path unless it says others
	outcome chan struct{} // closed when it has been loaded or failed once, or is gone
	state   atomic.Pointer[state]

	watched // of the loop
}

// state is what a slot's last load came to.
type state struct {
	script   string
	handler  *wsh.Handler  // the last good version, or nil
	err      error         // why the script as it now stands is not served
	doc      string        // its comment
	replaced chan struct{} // not nil: the handler has been killed; closed when another is in its place
	paused   bool          // the handler stands in for one that has been killed
}

// settled says that there is something to look up, or that there will be nothing.
func (s *slot) settled() {
	select {
	case <-s.outcome:
	default:
		close(s.outcome)
	}
}

// Open finds the scripts below c.Root and begins to load them, concurrently; it does not wait for
// that. It fails if the root, or the folder to scan, cannot be read.
func Open(c Config) (*Registry, error) {
	if c.Poll <= 0 {
		c.Poll = 500 * time.Millisecond
	}
	if c.LoadTimeout <= 0 {
		c.LoadTimeout = 30 * time.Second
	}
	c.Script.Root, c.Script.OutsideLinks = c.Root, c.AllowOutsideLinks
	if c.Load == nil {
		c.Load = func(ctx context.Context, file, name string) (*wsh.Handler, error) {
			return script.Load(ctx, c.Script, file, name)
		}
	}
	if c.Report == nil {
		c.Report = func(Event) {}
	}
	if c.Imports == nil {
		c.Imports = func() {}
	}
	scan, err := scanFolder(c.Root, c.Scan)
	if err != nil {
		return nil, err
	}
	r := &Registry{
		c: c, scanner: scanner{root: c.Root, scan: scan, outside: c.AllowOutsideLinks},
		killed: killed{more: make(chan struct{}, 1)},
		rescan: make(chan struct{}, 1), ready: make(chan struct{}), done: make(chan struct{}),
	}
	found, err := r.scanner.find()
	if err != nil {
		return nil, fmt.Errorf("handler root %s: %w", c.Root, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	r.loop = newLoop(runtime.GOMAXPROCS(0))
	r.addSlots(found, true)
	r.publish()
	go r.run(ctx, found)
	return r, nil
}

// scanFolder cleans the folder to scan: a path below root, "" for root itself.
func scanFolder(root, scan string) (string, error) {
	if scan == "" {
		return "", nil
	}
	scan = filepath.Clean(scan)
	if !filepath.IsLocal(scan) {
		return "", fmt.Errorf("scan %s: not a folder below %s", scan, root)
	}
	info, err := os.Stat(filepath.Join(root, scan))
	if err != nil {
		return "", fmt.Errorf("scan: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("scan %s: not a folder", filepath.Join(root, scan))
	}
	if scan == "." {
		return "", nil
	}
	return filepath.ToSlash(scan), nil
}

// Found is the handler at a path.
type Found struct {
	*wsh.Handler                   // nil: there is none
	Values       map[string]string // of the wildcards of the pattern that the path matches
	Served       []string          // the paths and patterns, besides the path itself, whose rules hold: an alias's target
}

// Lookup finds the version of the handler at path that is current now. The path is matched as it is, byte for
// byte, or as what a browser sends for a name that has to be escaped in an address; then patterns are matched.
// If its first version is still being loaded, Lookup waits for it, as long as ctx lasts.
func (r *Registry) Lookup(ctx context.Context, path string) Found {
	to, values, ok := r.table.Load().find(path)
	if !ok {
		return Found{}
	}
	return Found{r.current(ctx, to.slot), values, to.servedAt(path)}
}

// current is the version of a handler that is current now, when there is one.
func (r *Registry) current(ctx context.Context, s *slot) *wsh.Handler {
	for {
		now := s.state.Load()
		wait := s.outcome
		if now.replaced != nil {
			wait = now.replaced
		}
		if now.handler != nil {
			return now.handler
		}
		select {
		case <-wait:
		case <-r.done:
			return s.state.Load().handler
		case <-ctx.Done():
			return s.state.Load().handler
		}
		if now.replaced == nil {
			return s.state.Load().handler
		}
	}
}

// Loading reports whether there is a handler at path of which no version has been loaded yet, nor failed.
func (r *Registry) Loading(path string) bool {
	to, _, ok := r.table.Load().find(path)
	if !ok {
		return false
	}
	now := to.state.Load()
	return now.handler == nil && now.err == nil
}

// Wait waits until everything that Open found has been loaded or has failed, and been reported.
func (r *Registry) Wait(ctx context.Context) error {
	select {
	case <-r.ready:
		return nil
	case <-r.done:
		return errors.New("the registry is closed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Rescan looks for changes now, and does not wait for what comes of it.
func (r *Registry) Rescan() {
	select {
	case r.rescan <- struct{}{}:
	default: // asked for already
	}
}

// Close stops watching and loading, and waits for both. Loaded handlers can still be looked up; they
// end with their last connection.
func (r *Registry) Close() error {
	r.stop()
	<-r.done
	for _, to := range r.table.Load().all() {
		if h := to.state.Load().handler; h != nil {
			h.Life.Retire()
		}
	}
	return nil
}

// Hooks names the hooks that h has.
func Hooks(h *wsh.Handler) []string {
	var names []string
	for _, hook := range []struct {
		name string
		is   bool
	}{
		{"DoExtraHandshake", h.DoExtraHandshake != nil},
		{"TransferData", h.TransferData != nil},
		{"PassiveClosingHandshake", h.PassiveClosingHandshake != nil},
		{"RenderPublication", h.RenderPublication != nil},
		{"ServeHTTP", h.ServeHTTP != nil},
	} {
		if hook.is {
			names = append(names, hook.name)
		}
	}
	return names
}
