package machine

import (
	"errors"
	"reflect"
	"time"

	"wshd/plugins/wsh"
)

// Choose is a select statement that waits. Only where it has to does it count as a wait.
func (g *G) Choose(cases []reflect.SelectCase) (int, reflect.Value, bool) {
	if g.since.IsZero() {
		return g.Wait(cases)
	}
	g.Native()
	i, v, ok := reflect.Select(append(cases, reflect.SelectCase{Dir: reflect.SelectDefault}))
	if i == len(cases) {
		return g.Wait(cases)
	}
	return i, v, ok
}

// Begins is called before a native function, and returns is given what it returns after that.
func (g *G) Begins(w Wait, args []reflect.Value) (at time.Time) {
	switch w {
	case Computes:
		g.Native()
	case MayWait:
		g.Native()
		at = g.Leaves(args)
	case Pauses:
		g.Waits()
	case Talks:
		g.Talks()
	}
	return at
}

// Said is called with what such a function has returned: a loop that goes on although each of them fails
// does not wait for anything.
func (g *G) Said(err error) {
	switch {
	case err == nil && g.failing.IsZero():
	case err == nil || errors.Is(err, wsh.ErrTimeout):
		g.failing = time.Time{}
	case g.failing.IsZero():
		g.failing = time.Now()
	case time.Since(g.failing) > g.Machine.Limits.CPU:
		g.kill("stopped: went on for " + g.Machine.Limits.CPU.String() + " although its connection has ended: " + err.Error())
	}
}

// Outside waits for wait on a goroutine of its own, or for the program to end: then undo undoes what
// wait comes to after all.
func (g *G) Outside(wait, undo func()) {
	g.Waits()
	if g.Dying {
		g.Die()
	}
	got := make(chan any)
	go func() {
		r := panicOf(wait)
		select {
		case got <- r:
		case <-g.Machine.Ending.Dead:
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
	case <-g.Machine.Ending.Dead:
		g.Die()
	}
}

// panicOf calls f, and returns what it panics with.
func panicOf(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
