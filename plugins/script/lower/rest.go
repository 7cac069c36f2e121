package lower

import (
	"go/token"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
)

// A call by way of the interpreter takes 4 KiB of stack, and most connections wait most of the time. So
// hooks of more than a few run on stacks that connections share: where TransferData itself waits, it returns from the
// interpreter, the connection's own goroutine waits, and then the interpreter goes on from there, on
// whatever stack is free.

// rest is a place where a function waits outside of the interpreter.
type rest struct {
	do op
	at *site
}

// mayRest reports whether an instruction waits for something for as long as that takes.
func mayRest(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.Call:
		fn := in.Call.StaticCallee()
		return fn != nil && fn.Blocks == nil && slices.Contains(library.Resting, originName(fn))
	case *ssa.Select:
		return in.Blocking
	case *ssa.UnOp:
		return in.Op == token.ARROW
	}
	return false
}

// restAt compiles an instruction that waits, in a function that rests: the interpreter is left before it
// and entered after it.
func (c *compiler) restAt(b *ssa.BasicBlock, in ssa.Instruction) bool {
	if !c.code.rests || !mayRest(in) {
		return false
	}
	c.code.restsAt = append(c.code.restsAt, rest{c.instruction(in), &site{c.code, c.at}})
	n := len(c.code.restsAt)
	c.add(func(fr *frame) { fr.entry = n }, in)
	before := c.node
	c.begin(b)
	before.rests, before.ways = true, []way{{to: c.node}}
	c.node.entry = n
	return true
}

// drive runs a function of the interpreter's, and waits where it wants to.
func (fr *frame) drive() {
	if !fr.code.shares {
		fr.code.fn(fr)
		return
	}
	if fr.stays = staying.Add(1) <= mostStaying; fr.stays {
		defer staying.Add(-1)
		fr.code.fn(fr)
		return
	}
	staying.Add(-1)
	free := &shared[uintptr(unsafe.Pointer(fr))>>8%uintptr(len(shared))]
	free.enter()
	defer free.leave()
	for free.run(fr) == resumes {
		fr.code.restsAt[fr.entry-1].take(fr)
	}
}

// take waits.
func (r *rest) take(fr *frame) {
	fr.g.top, fr.site = fr, r.at
	r.do(fr)
}

// staying counts the calls that stay on their own stacks: so many can have them, which makes them faster.
var staying atomic.Int64

const mostStaying = 256

// resumes is what a function that rests returns to say so.
const resumes = 1

// stack is a goroutine that runs what it is given, one after the other.
type stack struct {
	fr   *frame
	next func() (int, bool)
	stop func()
}

func newStack() *stack {
	s := &stack{}
	s.next, s.stop = iter.Pull(func(yield func(int) bool) {
		for yield(s.fr.code.fn(s.fr)) {
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
func (l *stacks) run(fr *frame) int {
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
