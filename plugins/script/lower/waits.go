package lower

import (
	"errors"
	"reflect"
	"time"

	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
	"wshd/plugins/wsh"
)

// begins is called before a native function, and returns is given what it returns after that.
func (g *G) begins(w library.Wait, args []reflect.Value) (at time.Time) {
	switch w {
	case library.Computes:
		g.native()
	case library.MayWait:
		g.native()
		at = g.leaves(args)
	case library.Pauses:
		g.waits()
	case library.Talks:
		g.talks()
	}
	return at
}

// said is called with what such a function has returned: a loop that goes on although each of them fails
// does not wait for anything.
func (g *G) said(err error) {
	switch {
	case err == nil && g.failing.IsZero():
	case err == nil || errors.Is(err, wsh.ErrTimeout):
		g.failing = time.Time{}
	case g.failing.IsZero():
		g.failing = time.Now()
	case time.Since(g.failing) > g.vm.limits.CPU:
		g.kill("stopped: went on for " + g.vm.limits.CPU.String() + " although its connection has ended: " + err.Error())
	}
}

// waitOp compiles calls of functions that wait, so that the end of the program ends them too.
func (c *compiler) waitOp(name string, arg func(int) ref) op {
	if name == "time.Sleep" {
		d := arg(0)
		return func(fr *frame) { fr.g.sleep(*(*time.Duration)(d.at(fr))) }
	}
	if do := syncMethod(name); do != nil {
		p := arg(0)
		return func(fr *frame) { do(fr.g, value.Deref(p.at(fr))) }
	}
	return nil
}

// outside waits for wait on a goroutine of its own, or for the program to end: then undo undoes what
// wait comes to after all.
func (g *G) outside(wait, undo func()) {
	g.waits()
	if g.dying {
		g.die()
	}
	got := make(chan any)
	go func() {
		r := panicOf(wait)
		select {
		case got <- r:
		case <-g.vm.ending.dead:
			if r == nil {
				undo()
			}
		}
	}()
	select {
	case r := <-got:
		if r != nil {
			panic(r)
		}
	case <-g.vm.ending.dead:
		g.die()
	}
}

// panicOf calls f, and returns what it panics with.
func panicOf(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
