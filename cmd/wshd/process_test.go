package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// waitLimit bounds every wait: what has not happened then is taken not to happen.
const waitLimit = time.Minute

// process is a wshd that runs, with what it has logged.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has exited and its output is read

	stderr io.Closer // the end of it that is read

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed when there are more lines
	seen  int           // lines that find has passed
	found map[int]bool  // those that findNew has found
}

// startProcess runs wshd in dir.
func startProcess(dir string, env, args []string) (*process, error) {
	path, err := exec.LookPath("wshd")
	if err != nil {
		return nil, err
	}
	return startCommand(dir, env, append([]string{path}, args...))
}

// startCommand runs a command that becomes wshd, in dir, with files as its descriptors 3 and on.
func startCommand(dir string, env, args []string, files ...*os.File) (*process, error) {
	p := newProcess(dir, env, args)
	p.cmd.ExtraFiles = files
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	return p, p.start(stderr)
}

func newProcess(dir string, env, args []string) *process {
	p := &process{cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{}), more: make(chan struct{}), found: map[int]bool{}}
	p.cmd.Dir, p.cmd.Env = dir, env
	return p
}

// start starts it, and reads what it writes.
func (p *process) start(stderr io.ReadCloser) error {
	p.stderr = stderr
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(p.done)
		var rest []byte
		buf := make([]byte, 4096)
		for {
			n, err := stderr.Read(buf)
			rest = p.take(append(rest, buf[:n]...))
			if err != nil {
				break
			}
		}
		_ = p.cmd.Wait() // the exit code is in ProcessState
	}()
	return nil
}

// take adds the whole lines of text and returns the rest.
func (p *process) take(text []byte) []byte {
	for {
		line, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return text
		}
		p.mu.Lock()
		p.lines = append(p.lines, string(line))
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
		text = rest
	}
}

// find waits for a line that matches, after the one found last, and returns its last group.
func (p *process) find(expr string) (string, error) {
	return p.await(expr, func(match func(string) []string) []string {
		for p.seen < len(p.lines) {
			m := match(p.lines[p.seen])
			p.seen++
			if m != nil {
				return m
			}
		}
		return nil
	})
}

// findNew waits for a line that matches, anywhere but where it has found one before.
func (p *process) findNew(expr string) (string, error) {
	return p.await(expr, func(match func(string) []string) []string {
		for i, line := range p.lines {
			if m := match(line); m != nil && !p.found[i] {
				p.found[i] = true
				return m
			}
		}
		return nil
	})
}

// await calls look whenever there are more lines.
func (p *process) await(expr string, look func(match func(string) []string) []string) (string, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return "", err
	}
	timeout := time.After(waitLimit)
	for gone := false; ; {
		p.mu.Lock()
		m, more := look(re.FindStringSubmatch), p.more
		p.mu.Unlock()
		if m != nil {
			return m[len(m)-1], nil
		}
		if gone {
			return "", errors.New("wshd exited without logging " + expr)
		}
		select {
		case <-more:
		case <-p.done:
			gone = true
		case <-timeout:
			return "", errors.New("wshd does not log " + expr)
		}
	}
}

// log is all that was logged.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n") + "\n"
}

// stop ends the process in any case.
func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.done
}

// exitCode waits for the end.
func (p *process) exitCode() (int, error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(waitLimit):
		return 0, errors.New("wshd does not exit")
	}
}

// follow reads a file that grows as if it were the process's standard error.
func follow(name string, p *process, atEnd func(func())) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	done := make(chan struct{})
	atEnd(func() {
		watcher.Close()
		<-done
	})
	if err := watcher.Add(filepath.Dir(name)); err != nil {
		close(done)
		return err
	}
	go func() {
		defer close(done)
		var offset int64
		var was os.FileInfo
		var rest []byte
		for {
			if f, err := os.Open(name); err == nil {
				info, err := f.Stat()
				if err == nil && (was == nil || !os.SameFile(info, was) || info.Size() < offset) {
					offset, was = 0, info // begun anew
				}
				text, _ := io.ReadAll(io.NewSectionReader(f, offset, 1<<30))
				f.Close()
				offset += int64(len(text))
				rest = p.take(append(rest, text...))
			}
			if _, open := <-watcher.Events; !open {
				return
			}
		}
	}()
	return nil
}
