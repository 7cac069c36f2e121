package lower

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"
	"unsafe"

	"wshd/plugins/script/value"
)

// frame is a call of a function of the script. Its variables lie behind it in memory: all that the
// interpreter knows of a call is where its frame is.
type frame struct {
	g      *G
	caller *frame // nil: native code
	code   *Code  // nil: the frame keeps the operands of a go or defer statement
	site   *site  // the native piece that began last
	depth  int32  // how many calls it is in
	turns  int32  // how many of them are the interpreter's
	of     *Frame // in a deferred call: whose
	home   *Frame // the deferred calls of this one, if it defers
	entry  int    // after which rest it goes on; 0: from the beginning
	stays  bool   // it waits where it is

	// Callee is the call that the interpreter makes next, or has just made.
	Callee *frame

	// Left is what the interpreter returns: whether the function waits outside of it.
	Left int
}

// passed is on whose behalf frames called from this one run: only wrappers pass on what they were told.
func (fr *frame) passed() *Frame {
	if fr.code == nil || fr.code.passes {
		return fr.of
	}
	return nil
}

// ref is where an operand of a native piece of the script lies: in the frame, or at a fixed address.
type ref struct {
	abs unsafe.Pointer
	off uintptr
}

func (r ref) at(fr *frame) unsafe.Pointer {
	if r.abs != nil {
		return r.abs
	}
	return unsafe.Add(unsafe.Pointer(fr), r.off)
}

// part is what lies off bytes into r.
func (r ref) part(off uintptr) ref {
	if r.abs != nil {
		return ref{abs: unsafe.Add(r.abs, off)}
	}
	return ref{off: r.off + off}
}

// op is a native piece of the script.
type op func(fr *frame)

// memory is the layout of a frame and the variables behind it.
type memory struct {
	fields []reflect.StructField
	size   uintptr
}

func newMemory() *memory {
	m := &memory{}
	m.add(reflect.TypeFor[frame]())
	return m
}

// add makes room for a value of type rt, and returns where.
func (m *memory) add(rt reflect.Type) uintptr {
	align := uintptr(rt.Align())
	at := (m.size + align - 1) &^ (align - 1)
	m.fields = append(m.fields, reflect.StructField{Name: fmt.Sprint("V", len(m.fields)), Type: rt})
	m.size = at + rt.Size()
	return at
}

func (m *memory) made() reflect.Type { return reflect.StructOf(m.fields) }

// G is a goroutine of the script: what its calls share.
type G struct {
	vm       *Program
	top      *frame // of the call that has run last
	ticks    int
	since    time.Time // when a loop was first seen to run without a pause; zero: not
	failing  time.Time // since when all that it says to its connection fails; zero: not
	returned *site     // where a hook has returned
	trial    trial

	dying     bool // only deferred calls are still made
	lastLooks int
}

// Code is a function of the script.
type Code struct {
	name    string
	vm      *Program
	number  int
	first   *node            // where it begins, once compiled, if it is native
	fn      func(*frame) int // the interpreted function, once there is one
	layout  *memory
	text    string       // for the interpreter
	callees []*Code      // that the interpreter calls
	frame   reflect.Type // what layout has come to, once compiled
	free    sync.Pool    // *frame
	params  []slot
	results []slot
	vars    []slot // of a closure
	takesOf bool   // it calls recover, and is told on whose behalf it runs
	passes  bool   // it is a wrapper, and tells whom it calls
	defers  bool

	interpreted bool // it is the interpreter's
	shares      bool // it runs on a shared stack
	rests       bool // and where it waits leaves it
	restsAt     []rest
}

// slot is where in a frame something of a function lies that its callers know of.
type slot struct {
	rt   reflect.Type
	off  uintptr
	move value.Mover
	env  uintptr // of a closure's variable: where it lies among those
}

func (c *Code) slotFor(rt reflect.Type) slot {
	return slot{rt: rt, off: c.layout.add(rt), move: value.MoverOf(rt)}
}

// enter makes the frame of a call of c. caller is nil in a call from native code.
func (c *Code) enter(g *G, caller *frame) *frame {
	depth, turns := int32(1), int32(0)
	if caller != nil {
		if depth, turns = caller.depth+1, caller.turns; int(depth) > c.vm.limits.Depth || turns > mostTurns {
			panic(&Panic{Value: value.RuntimeError("stack overflow: calls are nested too deeply"), calls: g.calls(), g: g})
		}
		g.tick(nil)
	}
	if c.interpreted {
		turns++
	}
	fr, _ := c.free.Get().(*frame)
	if fr == nil {
		fr = (*frame)(reflect.New(c.frame).UnsafePointer())
	}
	fr.g, fr.caller, fr.code, fr.depth, fr.turns = g, caller, c, depth, turns
	if c.takesOf && caller != nil {
		fr.of = caller.passed()
	}
	return fr
}

// mostTurns is how deep calls of the interpreter's own functions may be nested. They take far more stack than
// native ones, and a panic goes through them ever more slowly.
const mostTurns = 1000

// leave keeps the frame of a call that has returned for another. Only what comes back by panics, or may
// wait, has one of its own: of all others every variable is set before it is read.
func (fr *frame) leave() {
	if c := fr.code; !c.defers && !c.interpreted {
		fr.g, fr.caller, fr.of = nil, nil, nil
		c.free.Put(fr)
	}
}

// bind gives the call the variables of its closure.
func (fr *frame) bind(env unsafe.Pointer) {
	for _, v := range fr.code.vars {
		v.move(fr.at(v.off), unsafe.Add(env, v.env))
	}
}

func (fr *frame) at(off uintptr) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(fr), off) }

// run makes the call.
func (fr *frame) run() {
	if fr.code.defers {
		fr.protect()
	} else {
		fr.make()
	}
}

// make makes the call, but for the function's deferred calls.
func (fr *frame) make() {
	if fr.code.interpreted {
		fr.drive()
	} else {
		fr.code.first.run(fr)
	}
}

// Limits bound what a script may use.
type Limits struct {
	Depth int           // nested calls; 0: 100,000
	CPU   time.Duration // without waiting or calling the host; 0: 10s

	// Failed is told what a goroutine of the script panicked with. nil: nobody is.
	Failed func(error)

	// Ran is told how long a call has run, at its next wait or its end, if it went round loops or made
	// calls a thousand times and more since the last. nil: nobody is.
	Ran func(time.Duration)

	// Opened reports whether a package of Go's library is open to the package from of those that are run
	// from source. nil: all are.
	Opened func(path, from string) bool

	// Version is what VersionContext of package wsh returns. nil: one that does not end.
	Version context.Context

	Explain bool // say in the text what each native call does, for people who read it
}
