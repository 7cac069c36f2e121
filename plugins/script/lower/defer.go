package lower

import (
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// Frame holds the deferred calls of a call of the script.
type Frame struct {
	call *frame

	deferred  []deferred       // last in, first out
	panic     *Panic           // why the deferred calls run
	recovered bool             // one of them has recovered it
	cells     []unsafe.Pointer // where the named results lie; nil: none
}

// deferred is a call that a defer statement has prepared.
type deferred struct {
	kept *frame
	run  op
}

func (c *compiler) deferStmt(in *ssa.Defer) op {
	keep, run := c.prepared(&in.Call)
	if in.DeferStack == nil {
		c.needHome()
		return func(fr *frame) { fr.home.deferred = append(fr.home.deferred, deferred{keep(fr), run}) }
	}
	stack := c.ref(in.DeferStack)
	return func(fr *frame) {
		to := *(**Frame)(stack.at(fr))
		to.deferred = append(to.deferred, deferred{keep(fr), run})
	}
}

// try runs f and catches its panic.
func (fr *Frame) try(f func()) (p *Panic) {
	normal := false
	defer func() {
		if !normal {
			p = fr.call.g.caught(recover())
		}
	}()
	f()
	normal = true
	return nil
}

// protect makes a call of a function that defers, and if that panics the deferred calls.
func (fr *frame) protect() {
	home := &Frame{call: fr}
	fr.home = home
	p := home.try(fr.make)
	for p != nil {
		if p = home.unwind(p); p != nil {
			panic(p)
		}
		p = home.try(home.runDeferred)
		for i, r := range fr.code.results {
			if i < len(home.cells) && home.cells[i] != nil {
				r.move(fr.at(r.off), home.cells[i])
			}
		}
	}
}

// unwind runs the deferred calls because of p until one recovers it. It returns the panic that is
// left.
func (fr *Frame) unwind(p *Panic) *Panic {
	fr.panic, fr.recovered = p, false
	for len(fr.deferred) > 0 {
		if again := fr.try(fr.runLast); again != nil {
			if !fr.panic.fatal {
				fr.panic, fr.recovered = again, false
			}
			continue
		}
		if fr.recovered {
			fr.panic, fr.recovered = nil, false
			return nil
		}
	}
	p = fr.panic
	fr.panic = nil
	return p
}

// runDeferred runs the deferred calls because the function returns.
func (fr *Frame) runDeferred() {
	for len(fr.deferred) > 0 {
		fr.runLast()
	}
}

func (fr *Frame) runLast() {
	fr.call.g.native() // before the call is taken from the list: then it is made in any case
	last := len(fr.deferred) - 1
	d := fr.deferred[last]
	fr.deferred[last] = deferred{}
	fr.deferred = fr.deferred[:last]
	d.kept.of, d.kept.g = fr, fr.call.g
	fr.call.g.top = d.kept
	d.run(d.kept)
	fr.call.g.top = fr.call
}

// recoverPanic is the built-in recover, called in a deferred call of fr.
func (fr *Frame) recoverPanic() any {
	if fr == nil || fr.panic == nil || fr.panic.fatal || fr.recovered {
		return nil
	}
	fr.recovered = true
	return fr.panic.Value
}
