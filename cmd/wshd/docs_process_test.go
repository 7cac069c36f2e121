package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildPatience bounds what a test waits for when that may include compiling wshd.
const buildPatience = 8 * time.Minute

// checkout is the repository's top folder.
const checkout = "../.."

// copyCheckout copies the files of the repository, with what is not committed yet, to a new folder.
// leave says which to leave out; it may be nil.
func copyCheckout(t *testing.T, to string, leave func(name string) bool) {
	t.Helper()
	for _, name := range checkoutFiles(t) {
		if leave != nil && leave(name) {
			continue
		}
		info, err := os.Stat(filepath.Join(checkout, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(checkout, name))
		if err != nil {
			t.Fatal(err)
		}
		writeTree(t, filepath.Join(to, name), text, info.Mode().Perm())
	}
}

// writeTree writes a file, and the folders above it.
func writeTree(t *testing.T, file string, text []byte, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, mode); err != nil {
		t.Fatal(err)
	}
}

// checkoutFiles lists what git would commit or, in a copy without git, all there is.
func checkoutFiles(t *testing.T) []string {
	t.Helper()
	git := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	git.Dir = checkout
	if out, err := git.Output(); err == nil {
		return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	}
	var names []string
	err := fs.WalkDir(os.DirFS(checkout), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && name == ".git" {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// plainEnv is the environment without what would change what wshd and Go do. Builds share a cache:
// -trimpath makes them equal wherever they happen.
func plainEnv(more ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !strings.HasPrefix(name, "WSHD_") && name != "GOFLAGS" {
			env = append(env, e)
		}
	}
	return append(append(env, "GOFLAGS=-trimpath -buildvcs=false", "CGO_ENABLED=0"), more...)
}

// served is a wshd that runs somewhere below a command, with its log.
type served struct {
	cmd  *exec.Cmd
	addr string // 127.0.0.1:port

	mu   sync.Mutex
	log  bytes.Buffer
	more chan struct{} // closed and replaced when the log grows
	over chan struct{} // closed at the end
	err  error         // how it ended
}

// Write takes what is printed.
func (p *served) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.more)
	p.more = make(chan struct{})
	return p.log.Write(b)
}

// text is the log so far, and what tells of more.
func (p *served) text() (string, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String(), p.more
}

// serveWith starts cmd, which is wshd or runs it, and waits until it listens. The test's end stops it.
func serveWith(t *testing.T, cmd *exec.Cmd) *served {
	t.Helper()
	p := &served{cmd: cmd, more: make(chan struct{}), over: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // a signal reaches wshd below a shell and below go run
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd, err)
	}
	go func() {
		defer close(p.over)
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() { _ = p.stop() })
	m := p.wait(t, 0, regexp.MustCompile(`listening.*addr=\S*:(\d+)`))
	p.addr = "127.0.0.1:" + m[1]
	return p
}

// mark is a place in the log to wait from.
func (p *served) mark() int {
	text, _ := p.text()
	return len(text)
}

// wait waits until the log, from a mark on, matches.
func (p *served) wait(t *testing.T, from int, what *regexp.Regexp) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), buildPatience)
	defer cancel()
	for ended := false; ; {
		text, more := p.text()
		if m := what.FindStringSubmatch(text[from:]); m != nil {
			return m
		}
		if ended {
			t.Fatalf("%s ended (%v) and never logged %v:\n%s", p.cmd, p.err, what, text)
		}
		select {
		case <-more:
		case <-p.over:
			ended = true
		case <-ctx.Done():
			t.Fatalf("%s does not log %v:\n%s", p.cmd, what, text)
		}
	}
}

// stop asks wshd to go down and returns how the command ended.
func (p *served) stop() error {
	select {
	case <-p.over:
		return p.err
	default:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) // it may be ending
	<-p.over
	return p.err
}
