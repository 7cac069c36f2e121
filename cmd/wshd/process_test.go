package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/rogpeppe/go-internal/testscript"
)

// waitLimit bounds every wait: what has not happened then is taken not to happen.
const waitLimit = time.Minute

// process is a wshd that runs, with what it has logged.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has exited and its output is read

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

// startCommand runs a command that becomes wshd, in dir.
func startCommand(dir string, env, args []string) (*process, error) {
	p := &process{cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{}), more: make(chan struct{}), found: map[int]bool{}}
	p.cmd.Dir, p.cmd.Env = dir, env
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
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
	return p, nil
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

// start runs wshd with the arguments and waits until it listens. It sets ADDR and PORT, of the first
// listener. "-log FILE" before the arguments: the log is in that file.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! start")
	}
	file := ""
	if len(args) > 1 && args[0] == "-log" {
		file, args = ts.MkAbs(args[1]), args[2:]
	}
	p, err := startProcess(ts.MkAbs("."), environ(ts), args)
	ts.Check(err)
	ts.Defer(func() {
		p.stop()
		ts.Logf("[wshd]\n%s", p.log())
	})
	stateOf(ts).process = p
	if file != "" {
		ts.Check(follow(file, p, ts.Defer))
	}
	addr, err := p.find(`"?msg"?[=:]"?listening"? ?,?"?addr"?[=:]"?([^ "]*)`)
	if err != nil {
		ts.Fatalf("%v\n%s", err, p.log())
	}
	_, port, err := net.SplitHostPort(addr)
	ts.Check(err)
	ts.Setenv("ADDR", addr)
	ts.Setenv("PORT", port)
}

// environ is the script's environment.
func environ(ts *testscript.TestScript) (env []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "WORK"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	c := Defaults()
	for _, k := range append(Keys(&c), Key{Name: "config"}) {
		if value := ts.Getenv(k.Env()); value != "" {
			env = append(env, k.Env()+"="+value)
		}
	}
	return env
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
		var rest []byte
		for {
			if f, err := os.Open(name); err == nil {
				if info, err := f.Stat(); err == nil && info.Size() < offset {
					offset = 0 // begun anew
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

// signalCommand sends the running wshd a signal: TERM, INT or HUP.
func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	sig, ok := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP}[args[0]]
	if neg || !ok {
		ts.Fatalf("usage: signal TERM|INT|HUP")
	}
	ts.Check(stateOf(ts).process.cmd.Process.Signal(sig))
}

// exited waits for the running wshd to exit, with the code given.
func exited(ts *testscript.TestScript, neg bool, args []string) {
	p := stateOf(ts).process
	code, err := p.exitCode()
	ts.Check(err)
	if neg || len(args) != 1 || args[0] != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, want %v\n%s", code, args, p.log())
	}
}

// logCommand waits for a line of the log that matches, one that has not been found before. With "!"
// it wants nothing so far to match.
func logCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := stateOf(ts).process
	if len(args) != 1 {
		ts.Fatalf("usage: [!] log REGEXP")
	}
	if neg {
		if regexp.MustCompile("(?m)" + args[0]).MatchString(p.log()) {
			ts.Fatalf("logged: %s\n%s", args[0], p.log())
		}
		return
	}
	if _, err := p.findNew(args[0]); err != nil {
		ts.Fatalf("%v\n%s", err, p.log())
	}
}

// save replaces a file as editors do, by renaming.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save FROM TO")
	}
	text := ts.ReadFile(args[0])
	to := ts.MkAbs(args[1])
	ts.Check(os.WriteFile(to+"~", []byte(text), 0o666))
	ts.Check(os.Rename(to+"~", to))
}
