package machine

import "unsafe"

// Pending holds the deferred calls of a call of the script.
type Pending struct {
	call *Frame

	Deferred  []Deferred       // last in, first out
	panic     *Panic           // why the deferred calls run
	recovered bool             // one of them has recovered it
	Cells     []unsafe.Pointer // where the named results lie; nil: none
}

// Deferred is a call that a defer statement has prepared.
type Deferred struct {
	Kept *Frame
	Run  Op
}

// try runs f and catches its panic.
func (fr *Pending) try(f func()) (p *Panic) {
	normal := false
	defer func() {
		if !normal {
			p = fr.call.G.Caught(recover())
		}
	}()
	f()
	normal = true
	return nil
}

// protect makes a call of a function that defers, and if that panics the deferred calls.
func (fr *Frame) protect() {
	home := &Pending{call: fr}
	fr.Home = home
	p := home.try(fr.make)
	for p != nil {
		if p = home.unwind(p); p != nil {
			panic(p)
		}
		p = home.try(home.RunDeferred)
		for i, r := range fr.code.Results {
			if i < len(home.Cells) && home.Cells[i] != nil {
				r.Move(fr.At(r.Off), home.Cells[i])
			}
		}
	}
}

// unwind runs the deferred calls because of p until one recovers it. It returns the panic that is
// left.
func (fr *Pending) unwind(p *Panic) *Panic {
	fr.panic, fr.recovered = p, false
	for len(fr.Deferred) > 0 {
		if again := fr.try(fr.runLast); again != nil {
			if !fr.panic.Fatal {
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

// RunDeferred runs the deferred calls because the function returns.
func (fr *Pending) RunDeferred() {
	for len(fr.Deferred) > 0 {
		fr.runLast()
	}
}

func (fr *Pending) runLast() {
	fr.call.G.Native() // before the call is taken from the list: then it is made in any case
	last := len(fr.Deferred) - 1
	d := fr.Deferred[last]
	fr.Deferred[last] = Deferred{}
	fr.Deferred = fr.Deferred[:last]
	d.Kept.Of, d.Kept.G = fr, fr.call.G
	fr.call.G.Top = d.Kept
	d.Run(d.Kept)
	fr.call.G.Top = fr.call
}

// RecoverPanic is the built-in recover, called in a deferred call of fr.
func (fr *Pending) RecoverPanic() any {
	if fr == nil || fr.panic == nil || fr.panic.Fatal || fr.recovered {
		return nil
	}
	fr.recovered = true
	return fr.panic.Value
}
