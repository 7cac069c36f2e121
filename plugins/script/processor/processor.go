// Package processor tells how much of the processor a goroutine uses, whatever else the machine does. It takes
// profiles of the process for as long as anybody asks.
package processor

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	window    = 100 * time.Millisecond // of a profile
	forgotten = time.Minute            // then a meter that nobody has read is ended
	label     = "wshd meter"           // of the goroutines that are measured, in profiles
)

// Meter measures one goroutine.
type Meter struct {
	id    string
	used  atomic.Int64 // nanoseconds
	read  atomic.Int64 // when it was, by the profiler's windows
	ended atomic.Bool
}

// Begin measures the goroutine that calls it, and those that it starts, until End is called. It is not cheap:
// the whole process is profiled meanwhile.
func Begin() *Meter { return all.begin() }

// Used is how long the processor has worked for the goroutine, as far as is known: what it did in the last
// quarter of a second may be missing.
func (m *Meter) Used() time.Duration {
	m.read.Store(time.Now().UnixNano())
	return time.Duration(m.used.Load())
}

// Ended reports whether the goroutine is no longer measured, because End was called or nobody read the meter
// for a minute.
func (m *Meter) Ended() bool { return m.ended.Load() }

// End ends measuring. The goroutine that is measured calls it.
func (m *Meter) End() {
	m.ended.Store(true)
	Forget()
}

// Forget has the calling goroutine no longer measured, which it is if one that is measured has started it.
func Forget() { pprof.SetGoroutineLabels(context.Background()) }

// Share is how much of the time a goroutine that is measured could have a processor if only those used them:
// at most 1.
func Share() float64 {
	all.mu.Lock()
	defer all.mu.Unlock()
	return min(1, float64(runtime.GOMAXPROCS(0))/float64(max(1, len(all.meters))))
}

// meters are those that measure. The profile of a process can be taken by one at a time: there is one.
type meters struct {
	mu      sync.Mutex
	last    int
	meters  map[string]*Meter
	running bool
}

var all = meters{meters: map[string]*Meter{}}

func (a *meters) begin() *Meter {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	m := &Meter{id: strconv.Itoa(a.last)}
	m.Used()
	a.meters[m.id] = m
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(label, m.id)))
	if !a.running {
		a.running = true
		go a.run()
	}
	return m
}

// run takes profiles as long as there is anything to measure.
func (a *meters) run() {
	for a.measuring() {
		var profile bytes.Buffer
		err := pprof.StartCPUProfile(&profile)
		time.Sleep(window)
		if err != nil {
			continue // somebody else takes one: until that has ended, nothing is known
		}
		pprof.StopCPUProfile()
		a.add(profile.Bytes())
	}
}

// measuring drops the meters that have ended, and reports whether some are left.
func (a *meters) measuring() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, m := range a.meters {
		if time.Since(time.Unix(0, m.read.Load())) > forgotten {
			m.ended.Store(true)
		}
		if m.ended.Load() {
			delete(a.meters, id)
		}
	}
	a.running = len(a.meters) > 0
	return a.running
}

func (a *meters) add(profile []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, used := range labelled(profile, label) {
		if m := a.meters[id]; m != nil {
			m.used.Add(int64(used))
		}
	}
}
