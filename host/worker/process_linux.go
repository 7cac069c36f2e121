package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"wshd/host/session"
	"wshd/plugins/wsh"
)

// Times that processes are given.
const (
	handWait  = 5 * time.Second  // to take a datagram
	pingEvery = time.Second      // between two looks at a process
	pingWait  = 30 * time.Second // for its answer
	shortest  = time.Second      // before one that has died is begun anew; doubled each time it dies at once
	longest   = time.Minute
	lived     = 10 * time.Second // not at once
)

// errDown is what a process that does not run has to say.
var errDown = errors.New("the handler's process does not run")

// Config says what a process is. Program, Script and Log must be set.
type Config struct {
	Program     string
	Dir         string   // its folder
	Env         []string // all that it has, besides Go's own
	Memory      int64    // bytes; past it, it is ended and begun anew. 0: no bound
	Script      string   // as it is named in logs
	WriteBuffer int
	FlushTime   time.Duration
	Log         *slog.Logger
	Rooms       wsh.Rooms // nil: there are none

	Output func(line string) // of its standard output and error; nil: nobody reads them
	Failed func(err error)   // told when it has died of itself; nil: nobody is
}

// Process is a handler's process, and the next one when that has died. Make one with Start.
type Process struct {
	c     Config
	plain *httputil.ReverseProxy

	mu      sync.Mutex
	run     *run // nil: none runs
	retired bool
	done    chan struct{} // closed when it is retired
}

// run is one process from its start to its end.
type run struct {
	p       *Process
	cmd     *exec.Cmd
	control *socket
	logs    *socket
	since   time.Time
	ready   chan struct{} // closed when its init has run
	ended   chan struct{} // closed when it has gone, and its sessions with it
	why     error         // that it was killed here
	output  *output
	rooms   sync.WaitGroup // its calls

	mu       sync.Mutex
	sessions map[uint64]*remote
	serial   uint64
	ponged   time.Time
}

// Start starts a process, and waits until its init has run. What its init fails with is the error.
func Start(ctx context.Context, c Config) (*Process, error) {
	p := &Process{c: c, done: make(chan struct{})}
	p.plain = p.proxy()
	r, err := p.begin()
	if err != nil {
		return nil, err
	}
	select {
	case <-r.ready:
	case <-r.ended:
		return nil, fmt.Errorf("the handler's process ended at once: %w", r.last())
	case <-ctx.Done():
		r.kill(ctx.Err())
		<-r.ended
		return nil, fmt.Errorf("the handler's init has not ended: %w", ctx.Err())
	}
	p.mu.Lock()
	p.run = r
	p.mu.Unlock()
	go p.keep(r)
	return p, nil
}

// Replaced tells the process that another version has taken its place: what its init has started ends.
func (p *Process) Replaced() {
	if r := p.running(); r != nil {
		_ = r.control.send(write(kindReplaced), -1, handWait) // else it has gone
	}
}

// Retire ends the process: nothing holds its version any more.
func (p *Process) Retire() {
	p.mu.Lock()
	r := p.run
	if p.retired {
		p.mu.Unlock()
		return
	}
	p.retired = true
	p.mu.Unlock()
	close(p.done)
	if r != nil {
		r.kill(nil)
	}
}

// ServeHTTP passes a plain request to the process.
func (p *Process) ServeHTTP(w http.ResponseWriter, q *http.Request) { p.plain.ServeHTTP(w, q) }

// running is the process that runs, or nil.
func (p *Process) running() *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run
}

// keep begins the process anew whenever it has died, later each time it dies at once.
func (p *Process) keep(r *run) {
	wait := shortest
	for {
		<-r.ended
		p.mu.Lock()
		p.run = nil
		over := p.retired
		p.mu.Unlock()
		if over {
			return
		}
		if p.c.Failed != nil {
			p.c.Failed(r.last())
		}
		if time.Since(r.since) > lived {
			wait = shortest
		}
		p.c.Log.Error("handler process ended", "script", p.c.Script, "err", r.last(), "stack", r.output.trace(), "hint", "begun anew in "+wait.String())
		if r = p.again(&wait); r == nil {
			return
		}
	}
}

// again begins a process after a wait, and once more until one is ready. nil: it is retired.
func (p *Process) again(wait *time.Duration) *run {
	for {
		timer := time.NewTimer(*wait)
		select {
		case <-timer.C:
		case <-p.done:
			timer.Stop()
			return nil
		}
		*wait = min(*wait*2, longest)
		r, err := p.begin()
		if err != nil {
			p.c.Log.Error("start the handler's process", "script", p.c.Script, "err", err)
			continue
		}
		select {
		case <-r.ready:
			p.mu.Lock()
			p.run = r
			over := p.retired
			p.mu.Unlock()
			if over {
				r.kill(nil)
			}
			p.c.Log.Info("handler process started", "script", p.c.Script)
			return r
		case <-r.ended:
			p.c.Log.Error("handler process ended", "script", p.c.Script, "err", r.last(), "stack", r.output.trace())
		case <-p.done:
			r.kill(nil)
			return nil
		}
	}
}

// begin starts one process.
func (p *Process) begin() (*run, error) {
	control, there, err := socketPair(syscall.SOCK_SEQPACKET)
	if err != nil {
		return nil, err
	}
	defer there.Close()
	logs, logsThere, err := socketPair(syscall.SOCK_SEQPACKET)
	if err != nil {
		control.close()
		return nil, err
	}
	defer logsThere.Close()
	rooms, roomsThere, err := pipe()
	if err != nil {
		control.close()
		logs.close()
		return nil, err
	}
	defer roomsThere.Close()
	r := &run{p: p, control: control, logs: logs, since: time.Now(), ready: make(chan struct{}), ended: make(chan struct{}),
		sessions: map[uint64]*remote{}, ponged: time.Now(), output: &output{line: p.c.Output}}
	cmd := exec.Command(p.c.Program)
	cmd.Dir, cmd.Env = p.c.Dir, p.environment()
	cmd.ExtraFiles = []*os.File{there, logsThere, roomsThere}
	cmd.Stdout, cmd.Stderr = r.output, r.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd = cmd
	if err := start(cmd); err != nil {
		control.close()
		logs.close()
		rooms.Close()
		return nil, err
	}
	text, err := json.Marshal(settings{Script: p.c.Script, WriteBuffer: p.c.WriteBuffer, FlushTime: p.c.FlushTime})
	if err == nil {
		err = control.send(write(kindConfig).text(string(text)), -1, handWait)
	}
	if err != nil {
		r.kill(err)
	}
	go passLog(logs, p.c.Log.Handler())
	r.rooms.Go(func() { p.lend(rooms) })
	go r.listen()
	go r.watch()
	return r, nil
}

// lend lets the process use the host's rooms, if there are any.
func (p *Process) lend(c net.Conn) {
	if p.c.Rooms == nil {
		c.Close()
		return
	}
	lend(c, p.c.Rooms)
}

// environment is what the process has: what it is told, and what Go needs.
func (p *Process) environment() []string {
	env := append([]string{}, p.c.Env...)
	if p.c.Memory > 0 {
		env = append(env, "GOMEMLIMIT="+strconv.FormatInt(p.c.Memory/10*9, 10))
	}
	return append(env, "GOTRACEBACK=single", workerEnv+"=1")
}

// kill ends the process: because of why, or since it is not wanted any more.
func (r *run) kill(why error) {
	r.mu.Lock()
	if r.why == nil {
		r.why = why
	}
	r.mu.Unlock()
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) // it may have gone
}

// last is why the process ended.
func (r *run) last() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.why != nil:
		return r.why
	case r.output.first() != "":
		return errors.New(r.output.first())
	}
	return errors.New(r.cmd.ProcessState.String())
}

// watch pings the process, and looks how much memory it has.
func (r *run) watch() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-tick.C:
		case <-r.ended:
			return
		}
		r.mu.Lock()
		silent := time.Since(r.ponged)
		r.mu.Unlock()
		if silent > pingWait {
			r.kill(fmt.Errorf("it has not answered for %v", pingWait))
			return
		}
		if most := r.p.c.Memory; most > 0 && resident(r.cmd.Process.Pid) > most {
			r.kill(fmt.Errorf("it took more memory than scripts.memory, %d bytes", most))
			return
		}
		_ = r.control.send(write(kindPing).num(n), -1, pingEvery) // who does not take it does not answer
	}
}

// resident is how much memory a process has, in bytes.
func resident(pid int) int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	words := strings.Fields(string(text))
	if err != nil || len(words) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// listen hears the process until it has gone, and then ends its sessions.
func (r *run) listen() {
	buf := make([]byte, maxDatagram)
	for {
		b, fd, err := r.control.receive(buf)
		if err != nil {
			break
		}
		if fd >= 0 {
			syscall.Close(fd) // none is expected
		}
		r.heard(kind(b[0]), &reader{b: b[1:]})
	}
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	_ = r.cmd.Wait() // its state says how it ended
	r.output.flush()
	r.control.close()
	r.logs.close()
	r.mu.Lock()
	left := r.sessions
	r.sessions = nil
	r.mu.Unlock()
	for _, s := range left {
		s.orphaned()
	}
	r.rooms.Wait() // its members have left
	close(r.ended)
}

// heard is what the process tells.
func (r *run) heard(k kind, m *reader) {
	switch k {
	case kindReady:
		close(r.ready)
	case kindPong:
		r.mu.Lock()
		r.ponged = time.Now()
		r.mu.Unlock()
	case kindStats:
		for len(m.b) > 0 && m.err == nil {
			n := m.num()
			stats := readStats(m)
			if s := r.session(n); s != nil {
				s.stats.Store(&stats)
			}
		}
	case kindHit, kindRefused:
		r.ownerSays(k, m.text())
	default:
		if s := r.session(m.num()); s != nil {
			s.heard(k, m)
		}
	}
}

func (r *run) session(n uint64) *remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[n]
}

// ownerSays passes on what is about no session in particular.
func (r *run) ownerSays(k kind, text string) {
	r.mu.Lock()
	var o *session.Owner
	for _, s := range r.sessions {
		o = s.c.Owner
		break
	}
	r.mu.Unlock()
	switch {
	case o == nil:
	case k == kindHit && o.Hit != nil:
		o.Hit(text)
	case k == kindRefused && o.Refused != nil:
		o.Refused(slog.New(slog.DiscardHandler), text) // the process has logged it
	}
}

// output takes the lines that a process writes, and keeps what a crash says.
type output struct {
	line func(string)

	mu    sync.Mutex
	rest  []byte
	crash []string
}

// mostCrash is how many lines of a crash are kept, and mostLine how long one may be, in bytes.
const (
	mostCrash = 200
	mostLine  = 64 << 10
)

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		line, rest, ok := bytes.Cut(o.rest, []byte("\n"))
		if !ok && len(o.rest) < mostLine {
			return len(p), nil
		}
		o.take(string(line))
		o.rest = rest
	}
}

func (o *output) take(line string) {
	if len(o.crash) > 0 || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		if len(o.crash) < mostCrash {
			o.crash = append(o.crash, line)
		}
		return
	}
	if o.line != nil {
		o.line(line)
	}
}

func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rest) > 0 {
		o.take(string(o.rest))
	}
	o.rest = nil
}

// first is what a crash begins with.
func (o *output) first() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.crash) == 0 {
		return ""
	}
	return o.crash[0]
}

// trace is the handler's own lines of it.
func (o *output) trace() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var own []string
	for i, line := range o.crash {
		if i == 0 || !strings.HasPrefix(line, "\t") || !strings.HasPrefix(o.crash[i-1], "main.") {
			continue
		}
		at, _, _ := strings.Cut(line[1:], " +")
		call, _, _ := strings.Cut(strings.TrimPrefix(o.crash[i-1], "main."), "(")
		own = append(own, call+" "+path.Base(at))
	}
	return strings.Join(own, "\n")
}

var _ io.Writer = (*output)(nil)
