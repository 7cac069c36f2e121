package machine

import (
	"strconv"
	"sync"
	"time"

	"wshd/plugins/script/processor"
)

// Goroutine runs a go statement's call. A panic ends the goroutine and is reported, not the process.
func (g *G) Goroutine(fr *Frame, run Op) {
	processor.Forget()
	defer g.Machine.oneLess()
	defer g.Pauses()
	defer func() {
		if r := recover(); r != nil {
			g.Machine.failed(g.Caught(r))
		}
	}()
	run(fr)
}

// failed tells of a panic that ends a goroutine.
func (m *Machine) failed(p *Panic) {
	if p.Fatal || m.Limits.Failed == nil {
		return
	}
	if unsaid, ok := m.failures.next(); ok {
		m.Limits.Failed(&sample{p, unsaid})
	}
}

// failures decides which of the panics that end goroutines are told: goroutines without end would fill the
// log.
type failures struct {
	mu     sync.Mutex
	told   int // since there was none for a while
	unsaid int // since the last that was told
	last   time.Time
}

// Of the panics of goroutines so many are told at once, and then one each time.
const (
	mostTold  = 10
	toldEvery = time.Second
)

// next reports whether the next is told, and how many were not since the last that was.
func (f *failures) next() (unsaid int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	quiet := now.Sub(f.last) >= toldEvery
	if quiet && f.unsaid == 0 {
		f.told = 0
	}
	if f.told >= mostTold && !quiet {
		f.unsaid++
		return 0, false
	}
	unsaid = f.unsaid
	f.told, f.unsaid, f.last = f.told+1, 0, now
	return unsaid, true
}

// sample is a panic that stands for some more.
type sample struct {
	*Panic
	more int
}

// Error tells how many others there were.
func (s *sample) Error() string {
	if s.more == 0 {
		return s.Panic.Error()
	}
	return s.Panic.Error() + " (and " + strconv.Itoa(s.more) + " more goroutines failed before)"
}
