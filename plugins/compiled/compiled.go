// Package compiled makes a program of a handler script, with the Go toolchain.
package compiled

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Config says where and how handlers are compiled. Root must be set.
type Config struct {
	Root  string // the handler root
	Cache string // the folder that keeps what has been compiled, and what that needs; "": systemd's, or the user's
	Cgo   bool   // handlers may use C

	GOOS, GOARCH string // what for; "": this machine
}

// Builder compiles handlers, one at a time. Make one with New.
type Builder struct {
	c     Config
	tools toolchain
	turn  chan struct{}

	prepare sync.Once
	failed  error
}

// Program is a handler that has been compiled.
type Program struct {
	File  string   // to be run
	Hooks []string // that it has, by name
	Kept  bool     // it was compiled before
	Took  time.Duration
}

// ErrNoGo says that there is no Go toolchain here.
var ErrNoGo = errors.New("there is no Go on this machine's PATH: install it from https://go.dev/dl/, or compile elsewhere with wshd build")

// New makes a Builder. It does nothing yet.
func New(c Config) *Builder {
	return &Builder{c: c, turn: make(chan struct{}, 1)}
}

// Build compiles the script in file, a .go file or a folder of them, unless what it is made of is as it
// was when it was compiled before; name is its path in the root. What is wrong with the script comes back
// as script.Errors, in the words of the compiler. begun, unless nil, is called when that begins, which takes a
// while. It waits for its turn, and ends with ctx.
func (b *Builder) Build(ctx context.Context, file, name string, begun func()) (Program, error) {
	start := time.Now()
	if p, ok := b.ahead(name).find(); ok {
		p.Kept = true
		return p, nil
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return Program{}, ctx.Err()
	}
	if err := b.ready(ctx); err != nil {
		return Program{}, err
	}
	h, err := readHandler(file)
	if err != nil {
		return Program{}, err
	}
	k := b.entry(name)
	p, ok := k.find()
	if !ok {
		if begun != nil {
			begun()
		}
		if p, err = b.compile(ctx, h, k); err != nil {
			return Program{}, err
		}
	}
	p.Kept, p.Took = ok, time.Since(start)
	return p, nil
}

// BuildAhead compiles a script into .wshd/compiled in the handler root, where Build looks first: on a machine
// of the kind that it is for, which then needs no Go.
func (b *Builder) BuildAhead(ctx context.Context, file, name string, begun func()) (Program, error) {
	p, err := b.Build(ctx, file, name, begun)
	to := b.ahead(name)
	if err != nil || p.File == filepath.Join(to.dir, "program") {
		return p, err
	}
	if err := os.RemoveAll(to.dir); err != nil {
		return Program{}, err
	}
	if err := os.MkdirAll(filepath.Dir(to.dir), 0o755); err != nil {
		return Program{}, err
	}
	if err := os.CopyFS(to.dir, os.DirFS(filepath.Dir(p.File))); err != nil {
		return Program{}, err
	}
	p.File = filepath.Join(to.dir, "program")
	return p, nil
}

// ready finds the toolchain and lays wshd's source, once.
func (b *Builder) ready(ctx context.Context) error {
	b.prepare.Do(func() {
		if b.failed = b.find(ctx); b.failed == nil {
			b.failed = b.laySource()
		}
	})
	return b.failed
}

// compile runs the toolchain in a folder of its own and keeps what it makes.
func (b *Builder) compile(ctx context.Context, h *handler, k cacheEntry) (Program, error) {
	work, err := os.MkdirTemp(b.c.Cache, "build-")
	if err != nil {
		return Program{}, fmt.Errorf("compile in %s: %w", b.c.Cache, err)
	}
	defer os.RemoveAll(work)
	m, err := b.module(ctx, h, work)
	if err != nil {
		return Program{}, err
	}
	over, err := m.overlay(h)
	if err != nil {
		return Program{}, err
	}
	out := filepath.Join(work, "program")
	args := slices.Concat([]string{"build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", out}, m.flags(over), h.args())
	if text, err := b.run(ctx, h.dir, args...); err != nil {
		return Program{}, h.explain(text, err)
	}
	list, err := b.partsOf(ctx, h, m, over)
	if err != nil {
		return Program{}, err
	}
	return k.store(out, list, h.hooks)
}

// goCommand is the name of the toolchain.
const goCommand = "go"

// find looks for the toolchain, and asks it what counts.
func (b *Builder) find(ctx context.Context) error {
	path, err := exec.LookPath(goCommand)
	if err != nil {
		return ErrNoGo
	}
	if b.c.Cache == "" {
		if b.c.Cache, err = defaultCache(); err != nil {
			return err
		}
	}
	if b.c.Cache, err = filepath.Abs(b.c.Cache); err != nil { // the go command runs in other folders
		return err
	}
	if err := os.MkdirAll(b.c.Cache, 0o700); err != nil {
		return fmt.Errorf("scripts.cache: %w", err)
	}
	b.tools = toolchain{path: path}
	return b.tools.ask(ctx)
}
