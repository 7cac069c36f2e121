package machine

import (
	"iter"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Rest is a place where a function waits outside of the interpreter.
type Rest struct {
	Do Op
	At *Site
}

// drive runs a function of the interpreter's, and waits where it wants to.
func (fr *Frame) drive() {
	if !fr.code.Shares {
		fr.code.Fn(fr)
		return
	}
	if fr.stays = staying.Add(1) <= mostStaying; fr.stays {
		defer staying.Add(-1)
		fr.code.Fn(fr)
		return
	}
	staying.Add(-1)
	free := &shared[uintptr(unsafe.Pointer(fr))>>8%uintptr(len(shared))]
	free.enter()
	defer free.leave()
	for free.run(fr) == resumes {
		fr.code.RestsAt[fr.Entry-1].take(fr)
	}
}

// take waits.
func (r *Rest) take(fr *Frame) {
	fr.G.Top, fr.Site = fr, r.At
	r.Do(fr)
}

// staying counts the calls that stay on their own stacks: so many can have them, which makes them faster.
var staying atomic.Int64

const mostStaying = 256

// resumes is what a function that rests returns to say so.
const resumes = 1

// stack is a goroutine that runs what it is given, one after the other.
type stack struct {
	fr   *Frame
	next func() (int, bool)
	stop func()
}

func newStack() *stack {
	s := &stack{}
	s.next, s.stop = iter.Pull(func(yield func(int) bool) {
		for yield(s.fr.code.Fn(s.fr)) {
		}
	})
	return s
}

// stacks are those that are free. There are no more of them than calls that may want one.
type stacks struct {
	mu    sync.Mutex
	free  []*stack
	calls int
	_     [64]byte // no two in one cache line
}

// shared are by frame, so that connections that do not share one do not wait for each other.
var shared [16]stacks

const mostFree = 8

func (l *stacks) enter() {
	l.mu.Lock()
	l.calls++
	l.mu.Unlock()
}

func (l *stacks) leave() {
	l.mu.Lock()
	l.calls--
	s := l.take(l.calls)
	l.mu.Unlock()
	if s != nil {
		s.stop()
	}
}

// take takes a free stack if there are more than so many. l.mu is held.
func (l *stacks) take(than int) *stack {
	n := len(l.free)
	if n <= than {
		return nil
	}
	s := l.free[n-1]
	l.free[n-1] = nil
	l.free = l.free[:n-1]
	return s
}

// run runs a function on a stack until it returns or wants to rest. If it panics, the stack is gone.
func (l *stacks) run(fr *Frame) int {
	l.mu.Lock()
	s := l.take(0)
	l.mu.Unlock()
	if s == nil {
		s = newStack()
	}
	s.fr, fr.Left = fr, 0
	result, _ := s.next()
	s.fr = nil
	l.mu.Lock()
	keep := len(l.free) < min(l.calls, mostFree)
	if keep {
		l.free = append(l.free, s)
	}
	l.mu.Unlock()
	if !keep {
		s.stop()
	}
	return result
}
