package machine

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"
	"unsafe"

	"wshd/plugins/script/value"
)

// Frame is a call of a function of the script. Its variables lie behind it in memory: all that the
// interpreter knows of a call is where its frame is.
type Frame struct {
	G      *G
	Caller *Frame   // nil: native code
	code   *Code    // nil: the frame keeps the operands of a go or defer statement
	Site   *Site    // the native piece that began last
	Depth  int32    // how many calls it is in
	Turns  int32    // how many of them are the interpreter's
	Of     *Pending // in a deferred call: whose
	Home   *Pending // the deferred calls of this one, if it defers
	Entry  int      // after which rest it goes on; 0: from the beginning
	stays  bool     // it waits where it is

	// Out is by which exit the native piece that the interpreter has called was left, and Aside whether it was not
	// the first: that is quicker to ask.
	Aside bool
	Out   int32

	// Callee is the call that the interpreter makes next, or has just made.
	Callee *Frame

	// Left is what the interpreter returns: whether the function waits outside of it.
	Left int
}

// passed is on whose behalf frames called from this one run: only wrappers pass on what they were told.
func (fr *Frame) passed() *Pending {
	if fr.code == nil || fr.code.Passes {
		return fr.Of
	}
	return nil
}

// Ref is where an operand of a native piece of the script lies: in the frame, or at a fixed address.
type Ref struct {
	Abs unsafe.Pointer
	Off uintptr
}

// At is where it lies in a call.
func (r Ref) At(fr *Frame) unsafe.Pointer {
	if r.Abs != nil {
		return r.Abs
	}
	return unsafe.Add(unsafe.Pointer(fr), r.Off)
}

// Part is what lies off bytes into r.
func (r Ref) Part(off uintptr) Ref {
	if r.Abs != nil {
		return Ref{Abs: unsafe.Add(r.Abs, off)}
	}
	return Ref{Off: r.Off + off}
}

// Op is a native piece of the script.
type Op func(fr *Frame)

// frameLayout is that of a frame and the variables behind it.
type frameLayout struct {
	fields []reflect.StructField
	size   uintptr
}

// NewMemory is that of a frame without variables.
func NewMemory() *frameLayout {
	m := &frameLayout{}
	m.Add(reflect.TypeFor[Frame]())
	return m
}

// Add makes room for a value of type rt, and returns where.
func (m *frameLayout) Add(rt reflect.Type) uintptr {
	align := uintptr(rt.Align())
	at := (m.size + align - 1) &^ (align - 1)
	m.fields = append(m.fields, reflect.StructField{Name: fmt.Sprint("V", len(m.fields)), Type: rt})
	m.size = at + rt.Size()
	return at
}

func (m *frameLayout) Made() reflect.Type { return reflect.StructOf(m.fields) }

// G is a goroutine of the script: what its calls share.
type G struct {
	Machine  *Machine
	Top      *Frame // of the call that has run last
	ticks    int
	since    time.Time // when a loop was first seen to run without a pause; zero: not
	failing  time.Time // since when all that it says to its connection fails; zero: not
	Returned *Site     // where a hook has returned
	trial    trial

	Dying     bool // only deferred calls are still made
	lastLooks int
}

// Code is a function of the script.
type Code struct {
	Name    string
	Machine *Machine
	Number  int
	First   *Node            // where it begins, once compiled, if it is native
	Fn      func(*Frame) int // the interpreted function, once there is one
	Layout  *frameLayout
	Text    string       // for the interpreter
	Callees []*Code      // that the interpreter calls
	Frame   reflect.Type // what layout has come to, once compiled
	free    sync.Pool    // *frame
	Params  []slot
	Results []slot
	Vars    []slot // of a closure
	TakesOf bool   // it calls recover, and is told on whose behalf it runs
	Passes  bool   // it is a wrapper, and tells whom it calls
	Defers  bool

	Interpreted bool // it is the interpreter's
	Shares      bool // it runs on a shared stack
	Rests       bool // and where it waits leaves it
	RestsAt     []Rest
}

// slot is where in a frame something of a function lies that its callers know of.
type slot struct {
	Type reflect.Type
	Off  uintptr
	Move value.Mover
	Env  uintptr // of a closure's variable: where it lies among those
}

// SlotFor makes room for a value of type rt.
func (c *Code) SlotFor(rt reflect.Type) slot {
	return slot{Type: rt, Off: c.Layout.Add(rt), Move: value.MoverOf(rt)}
}

// Enter makes the frame of a call of c. caller is nil in a call from native code.
func (c *Code) Enter(g *G, caller *Frame) *Frame {
	depth, turns := int32(1), int32(0)
	if caller != nil {
		if depth, turns = caller.Depth+1, caller.Turns; int(depth) > c.Machine.Limits.Depth || turns > mostTurns {
			panic(&Panic{Value: value.RuntimeError("stack overflow: calls are nested too deeply"), calls: g.calls(), g: g})
		}
		g.tick(nil)
	}
	if c.Interpreted {
		turns++
	}
	fr, _ := c.free.Get().(*Frame)
	if fr == nil {
		fr = (*Frame)(reflect.New(c.Frame).UnsafePointer())
	}
	fr.G, fr.Caller, fr.code, fr.Depth, fr.Turns = g, caller, c, depth, turns
	if c.TakesOf && caller != nil {
		fr.Of = caller.passed()
	}
	return fr
}

// mostTurns is how deep calls of the interpreter's own functions may be nested. They take far more stack than
// native ones, and a panic goes through them ever more slowly.
const mostTurns = 1000

// leave keeps the frame of a call that has returned for another. Only what comes back by panics, or may
// wait, has one of its own: of all others every variable is set before it is read.
func (fr *Frame) leave() {
	if c := fr.code; !c.Defers && !c.Interpreted {
		fr.G, fr.Caller, fr.Of = nil, nil, nil
		c.free.Put(fr)
	}
}

// bind gives the call the variables of its closure.
func (fr *Frame) bind(env unsafe.Pointer) {
	for _, v := range fr.code.Vars {
		v.Move(fr.At(v.Off), unsafe.Add(env, v.Env))
	}
}

// At is what lies off bytes into the frame.
func (fr *Frame) At(off uintptr) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(fr), off) }

// GoOut says by which exit a native piece was left.
func (fr *Frame) GoOut(exit int) { fr.Out, fr.Aside = int32(exit), exit != 0 }

// Run makes the call.
func (fr *Frame) Run() {
	if fr.code.Defers {
		fr.protect()
	} else {
		fr.make()
	}
}

// make makes the call, but for the function's deferred calls.
func (fr *Frame) make() {
	if fr.code.Interpreted {
		fr.drive()
	} else {
		fr.code.First.Run(fr)
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
