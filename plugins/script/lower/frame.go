package lower

import (
	"reflect"
	"time"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// ref is where an operand of a native piece of the script lies: in a variable of the interpreted
// function, given by its address, or beside it; among operands put aside; or at a fixed address.
type ref struct {
	abs unsafe.Pointer
	in  *place
	env bool
	off uintptr
}

// place is where a group of native pieces finds a variable.
type place struct {
	arg int // from 0: which of the addresses that it is given; -1: in its own memory, at off
	off uintptr
	v   ssa.Value // what the variable holds; nil: something that every function has
}

func (r ref) at(fr *frame) unsafe.Pointer {
	switch {
	case r.abs != nil:
		return r.abs
	case r.in != nil && r.in.arg >= 0:
		return unsafe.Add(fr.args[r.in.arg], r.off)
	case r.in != nil:
		return unsafe.Add(fr.mem, r.in.off+r.off)
	case r.env:
		return unsafe.Add(fr.env, r.off)
	}
	return unsafe.Add(fr.mem, r.off)
}

// op is a native piece of the script.
type op func(fr *frame)

// frame is what such a piece works on.
type frame struct {
	args []unsafe.Pointer
	env  unsafe.Pointer
	mem  unsafe.Pointer
	g    *G
	of   *Frame // set in a deferred call: whose
	call int    // how deep calls are nested
}

// G is a goroutine of the script: what its calls share.
type G struct {
	vm    *Program
	since time.Time // when a loop was first seen to run without a pause; zero: not
	done  <-chan struct{}
	site  *site // the native piece that began last
	calls int
}

// site is a place in the script.
type site struct {
	fn  string
	pos pos
}

// look is called by loops every so often.
func (g *G) look() {
	if g.vm.stopped.Load() {
		panic(&stop{"the script has been stopped"})
	}
	select {
	case <-g.done:
		panic(&stop{"the script's initialisation does not end"})
	default:
	}
	if g.since.IsZero() {
		g.since = time.Now()
	} else if limit := g.vm.limits.CPU; time.Since(g.since) > limit {
		panic(&stop{"ran for " + limit.String() + " without waiting or calling the host: stopped"})
	}
}

// called is called by calls that may go on for ever.
func (g *G) called() {
	if g.calls++; g.calls&1023 == 0 {
		g.look()
	}
}

// native is called before native code of the host runs.
func (g *G) native() { g.since = time.Time{} }

// Code is a function of the script.
type Code struct {
	name    string
	vm      *Program
	number  int
	fn      reflect.Value // the interpreted function, once there is one
	body    reflect.Value // of a function with deferred calls: what they protect
	params  []slot
	results []slot
	vars    []slot // of a closure
	envType reflect.Type
	takesOf bool // it calls recover, and is told on whose behalf it runs
	defers  bool
}

type slot struct {
	rt     reflect.Type
	opaque reflect.Type // what the interpreter sees
	move   mover
}

func slotOf(rt reflect.Type) slot { return slot{rt, opaque(rt), moverOf(rt)} }

// The interpreter holds pointers, maps, channels and functions as P, slices as S, interfaces as I and
// other composites as structs around them: it only copies them.
type (
	// P is a pointer of any type.
	P struct{ V unsafe.Pointer }
	// S is a slice of any type.
	S struct {
		V   unsafe.Pointer
		Len int
		Cap int
	}
	// I is an interface of any type.
	I struct{ T, V unsafe.Pointer }
)

// opaque is the type under which the interpreter holds values of type rt.
func opaque(rt reflect.Type) reflect.Type {
	switch rt.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return reflect.TypeFor[P]()
	case reflect.Slice:
		return reflect.TypeFor[S]()
	case reflect.Interface:
		return reflect.TypeFor[I]()
	case reflect.Struct, reflect.Array:
		return reflect.StructOf([]reflect.StructField{{Name: "V", Type: rt}})
	}
	return plainKinds[rt.Kind()]
}

var plainKinds = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Uint32: reflect.TypeFor[uint32](), reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uintptr: reflect.TypeFor[uintptr](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Complex64: reflect.TypeFor[complex64](), reflect.Complex128: reflect.TypeFor[complex128](),
}

// Limits bound what a script may use.
type Limits struct {
	Depth int           // nested calls; 0: 1000
	CPU   time.Duration // without waiting or calling the host; 0: 10s

	// Failed is told what a goroutine of the script panicked with. nil: nobody is.
	Failed func(error)

	Explain bool // say in the text what each native call does, for people who read it
}

// exec calls a function of the script. args are the addresses of its arguments, out receives the
// results.
func (c *Code) exec(g *G, depth int, of *Frame, env unsafe.Pointer, args []unsafe.Pointer, out func(i int, v reflect.Value)) {
	in := make([]reflect.Value, 0, len(c.params)+len(c.vars)+3)
	in = append(in, reflect.ValueOf(g), reflect.ValueOf(depth))
	if c.takesOf {
		in = append(in, reflect.ValueOf(P{unsafe.Pointer(of)}))
	}
	for i, v := range c.vars {
		in = append(in, value(v.opaque, unsafe.Add(env, c.envType.Field(i).Offset)))
	}
	for i, p := range c.params {
		in = append(in, value(p.opaque, args[i]))
	}
	for i, v := range c.fn.Call(in)[:len(c.results)] {
		out(i, v)
	}
}
