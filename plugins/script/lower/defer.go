package lower

import (
	"reflect"
	"unsafe"
)

// Frame is a call of a function that defers.
type Frame struct {
	g     *G
	depth int
	of    *Frame // set if the call is itself a deferred one

	deferred  []func(of *Frame) // last in, first out
	panic     *Panic            // why the deferred calls run
	recovered bool              // one of them has recovered it
	cells     []unsafe.Pointer  // where the named results lie; nil: none
}

// try runs f and catches its panic.
func (fr *Frame) try(f func()) (p *Panic) {
	normal := false
	defer func() {
		if !normal {
			p = fr.g.caught(recover())
		}
	}()
	f()
	normal = true
	return nil
}

// protect runs the body of a function that defers, and if that panics the deferred calls. The results
// go to where out says.
func (c *Code) protect(fr *Frame, in []reflect.Value, out []unsafe.Pointer) {
	p := fr.try(func() {
		for i, v := range c.body.Call(in)[:len(c.results)] {
			value(c.results[i].opaque, out[i]).Set(v)
		}
	})
	for p != nil {
		if p.fatal {
			panic(p)
		}
		if p = fr.unwind(p); p != nil {
			panic(p)
		}
		p = fr.try(fr.runDeferred)
		for i := range out {
			if i < len(fr.cells) && fr.cells[i] != nil {
				c.results[i].move(out[i], fr.cells[i])
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
			fr.panic, fr.recovered = again, false
			if again.fatal {
				return again
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
	last := len(fr.deferred) - 1
	d := fr.deferred[last]
	fr.deferred[last] = nil
	fr.deferred = fr.deferred[:last]
	d(fr)
}

// recoverPanic is the built-in recover, called in a deferred call of fr.
func (fr *Frame) recoverPanic() any {
	if fr == nil || fr.panic == nil || fr.recovered {
		return nil
	}
	fr.recovered = true
	return fr.panic.Value
}
