package machine

import (
	"math"
	"reflect"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

// ending is how a program is told to run no further. Its calls hear of it where they go round a loop,
// call the host, or wait for a channel.
type ending struct {
	over atomic.Bool
	Dead chan struct{} // closed with over

	mu     sync.Mutex
	why    string // set before over
	killer *Panic // nil if the program was stopped from outside
	told   func(*Panic)
}

// End ends the program, unless it has ended. p is what a call of it has done, if that is why.
func (e *ending) End(why string, p *Panic) {
	e.mu.Lock()
	if e.over.Load() {
		e.mu.Unlock()
		return
	}
	e.why, e.killer = why, p
	e.over.Store(true)
	close(e.Dead)
	told := e.told
	e.mu.Unlock()
	if p != nil && told != nil {
		told(p)
	}
}

// Stop ends all calls that run, and those to come. Deferred calls are made, as far as they neither wait
// nor go on for long.
func (m *Machine) Stop() {
	m.Ending.End("stopped: nobody uses this version of the script any more", nil)
}

// OnKill has f called once the program has been stopped because of what one of its calls does: at once
// if it has been. What f is given says where and why.
func (m *Machine) OnKill(f func(*Panic)) {
	m.Ending.mu.Lock()
	p := m.Ending.killer
	m.Ending.told = f
	m.Ending.mu.Unlock()
	if p != nil {
		f(p)
	}
}

// lastLooks is how often a deferred call of a call that has been stopped may look: each time it has gone
// round loops a thousand times.
const lastLooks = 100

// look is called by loops every so often.
func (g *G) look() {
	if g.Machine.Ending.over.Load() {
		if g.lastLooks++; !g.Dying || g.lastLooks > lastLooks {
			g.Die()
		}
		return
	}
	if g.since.IsZero() {
		g.since = time.Now()
		return
	}
	ran := time.Since(g.since)
	if ran > hungry && memoryIsFull() {
		g.kill("stopped: ran without waiting for anything until the memory was full")
	}
	if ran > g.Machine.Limits.CPU/8 {
		g.judge()
	}
}

// hungry is how long a call must have run without waiting to be taken for what fills the memory.
const hungry = 100 * time.Millisecond

// memoryIsFull reports whether the memory limit of the process, if it has one, is exceeded by what is in
// use.
func memoryIsFull() bool {
	limit := debug.SetMemoryLimit(-1) // only asks
	return limit != math.MaxInt64 && memory.Used() > uint64(limit)
}

// tick is called by what may go on for ever: loops, which say where they stand, and calls.
func (g *G) tick(loop *Site) {
	if g.ticks++; g.ticks&1023 == 0 {
		g.ticked(loop)
	}
}

// ticked is apart so that tick itself is no call.
//
//go:noinline
func (g *G) ticked(loop *Site) {
	if loop != nil {
		g.Top.Site = loop
	}
	g.look()
}

// Waits is called before something that may wait.
func (g *G) Waits() {
	g.failing = time.Time{}
	g.Pauses()
	g.Native()
}

// Talks is called before something is said to a connection, or heard from it.
func (g *G) Talks() {
	g.Pauses()
	g.Native()
}

// Pauses is called where the script runs no further for now, and tells for how long it has.
func (g *G) Pauses() {
	if g.since.IsZero() {
		return
	}
	if told := g.Machine.Limits.Ran; told != nil {
		told(time.Since(g.since))
	}
	g.since = time.Time{}
	g.acquit()
}

// Native is called before native code of the host runs.
func (g *G) Native() {
	if g.Machine.Ending.over.Load() && !g.Dying {
		g.Die()
	}
}

// Die ends the call that g runs, since the program has ended. A call that is dying already makes only
// its deferred calls.
func (g *G) Die() {
	g.Dying, g.lastLooks = true, 0
	panic(&Panic{Value: value.PlainError(g.Machine.Ending.why), calls: g.calls(), g: g, Fatal: true})
}

// kill ends the whole program, because of what g does.
func (g *G) kill(why string) {
	g.Pauses()
	p := &Panic{Value: value.PlainError(why), calls: g.calls(), g: g, Fatal: true}
	g.Dying, g.lastLooks = true, 0
	told := *p // p goes on through calls, and gathers more, while somebody reads this
	g.Machine.Ending.End("stopped with its version of the script, which ran without waiting for anything", &told)
	panic(p)
}

// Wait waits for one of cases, or for the program to end.
func (g *G) Wait(cases []reflect.SelectCase) (int, reflect.Value, bool) {
	g.Waits()
	over := reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(g.Machine.Ending.Dead)}
	if g.Dying {
		over = reflect.SelectCase{Dir: reflect.SelectDefault}
	}
	i, v, ok := reflect.Select(append(cases, over))
	if i == len(cases) {
		g.Die()
	}
	return i, v, ok
}

// Sleep is time.Sleep.
func (g *G) Sleep(d time.Duration) {
	if d <= 0 {
		g.Native() // it does not wait
		return
	}
	g.Waits()
	if g.Dying {
		g.Die()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-g.Machine.Ending.Dead:
		g.Die()
	}
}
