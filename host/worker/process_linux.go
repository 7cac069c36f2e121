package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"sync"
	"syscall"
	"time"

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
	Name    string // what the program is told that it is called; "": Program
	Program string // it may be replaced or go once the process has been started: this one is begun anew

	// Prepare is called before the process is started, each time: for the arguments that it is given. done is
	// called when it is ready, or has ended. nil: there are none.
	Prepare func() (args []string, done func(), err error)

	User        *User    // whose the process is; nil: the host's
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

// Refused is what Start fails with if the process says why the handler cannot be loaded.
type Refused struct{ Why string }

// Error implements error.
func (r *Refused) Error() string { return r.Why }

// Process is a handler's process, and the next one when that has died. Make one with Start.
type Process struct {
	c       Config
	program int // a descriptor
	plain   *httputil.ReverseProxy

	since time.Time // when its first process was started

	mu      sync.Mutex
	run     *run // nil: none runs
	died    error
	early   func(error) // see IfItDiesAtOnce
	retired bool
	done    chan struct{} // closed when it is retired
}

// Start starts a process, and waits until its init has run. What its init fails with is the error.
func Start(ctx context.Context, c Config) (*Process, error) {
	p := &Process{c: c, since: time.Now(), done: make(chan struct{})}
	var err error
	if p.program, err = openProgram(c.Program); err != nil {
		return nil, err
	}
	p.plain = p.proxy()
	r, err := p.first(ctx)
	if err != nil {
		syscall.Close(p.program)
		return nil, err
	}
	p.mu.Lock()
	p.run = r
	p.mu.Unlock()
	go p.supervise(r)
	return p, nil
}

// first starts the first process.
func (p *Process) first(ctx context.Context) (*run, error) {
	r, err := p.begin()
	if err != nil {
		return nil, err
	}
	select {
	case <-r.ready:
		return r, nil
	case <-r.ended:
	case <-ctx.Done():
		r.kill(ctx.Err())
		<-r.ended
		return nil, fmt.Errorf("the handler's init has not ended: %w", ctx.Err())
	}
	if why := r.refusal(); why != nil {
		return nil, why
	}
	return nil, fmt.Errorf("the handler's process ended at once: %w", r.cause())
}

// Replaced tells the process that another version has taken its place: what its init has started ends.
func (p *Process) Replaced() {
	if r := p.running(); r != nil {
		_ = r.control.send(write(kindReplaced), -1, handWait) // else it has gone
	}
}

// IfItDiesAtOnce has f called, with the reason, if the process dies within ten seconds of its start: it is not begun
// anew then.
func (p *Process) IfItDiesAtOnce(f func(error)) {
	p.mu.Lock()
	died := p.died
	p.early = f
	p.mu.Unlock()
	if died != nil && p.diesEarly(died) {
		p.Retire()
	}
}

// diesEarly tells, if somebody wants to know, that the process has died at once.
func (p *Process) diesEarly(cause error) bool {
	p.mu.Lock()
	f, over := p.early, p.retired || time.Since(p.since) > lived
	if !over {
		p.died = cause
		p.early = nil
	}
	p.mu.Unlock()
	if over || f == nil {
		return false
	}
	f(cause)
	return true
}

// End closes all connections with 1001 and then, when they have ended or wait is over, ends the process.
func (p *Process) End(reason string, wait time.Duration) {
	r := p.running()
	if r == nil {
		p.Retire()
		return
	}
	r.mu.Lock()
	for _, s := range r.sessions {
		go s.Fail(wsh.StatusGoingAway, reason)
	}
	r.mu.Unlock()
	time.AfterFunc(wait, p.Retire)
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

// supervise starts the process anew whenever it has died, after a wait that doubles while it dies at once.
func (p *Process) supervise(r *run) {
	defer syscall.Close(p.program)
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
			p.c.Failed(r.cause())
		}
		if time.Since(r.since) > lived {
			wait = shortest
		}
		if p.diesEarly(r.cause()) {
			p.c.Log.Error("handler process ended", "script", p.c.Script, "err", r.cause(), "stack", r.output.trace(), "hint", "at once: the last good version goes on")
			p.Retire()
			return
		}
		p.c.Log.Error("handler process ended", "script", p.c.Script, "err", r.cause(), "stack", r.output.trace(), "hint", "begun anew in "+wait.String())
		if r = p.restart(&wait); r == nil {
			return
		}
	}
}

// restart starts a process after a wait, and tries again until one is ready. nil: the Process is retired.
func (p *Process) restart(wait *time.Duration) *run {
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
			p.c.Log.Error("handler process ended", "script", p.c.Script, "err", r.cause(), "stack", r.output.trace())
		case <-p.done:
			r.kill(nil)
			return nil
		}
	}
}
