package machine

import (
	"reflect"
	"runtime"
	"unsafe"

	"wshd/plugins/script/value"
	"wshd/plugins/wsh"
)

// Closure is a function value of the script.
type Closure struct {
	Code *Code
	Env  unsafe.Pointer
	Type reflect.Type
	Hook bool // the host calls it
}

// MakeFunc makes a Go function of cl, which script and native code can call alike. Inlined, its
// function would be several.
//
//go:noinline
func MakeFunc(rt reflect.Type, cl *Closure) reflect.Value {
	return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value { return cl.called(in) })
}

// called is a call from native code.
func (cl *Closure) called(in []reflect.Value) []reflect.Value {
	fr, leave := cl.Code.Entered()
	defer leave()
	fr.bind(cl.Env)
	for i, p := range cl.Code.Params {
		value.Put(p.Type, fr.At(p.Off), in[i])
	}
	if p := fr.Tried(); p != nil {
		return cl.Failed(p)
	}
	out := make([]reflect.Value, len(cl.Code.Results))
	for i, r := range cl.Code.Results {
		cell := reflect.New(cl.Type.Out(i))
		r.Move(cell.UnsafePointer(), fr.At(r.Off))
		if err, ok := cell.Interface().(*error); ok && cl.Hook {
			*err = fr.G.failure(*err)
		}
		out[i] = cell.Elem()
	}
	return out
}

// Entered makes the frame of a call from native code. leave is to be called when it has returned.
func (c *Code) Entered() (fr *Frame, leave func()) {
	leave = func() { activeCalls.Add(-1) }
	if isTooDeep(activeCalls.Add(1)) {
		leave()
		panic(&Panic{Value: value.RuntimeError("stack overflow: calls are nested too deeply")})
	}
	return c.Enter(&G{Machine: c.Machine}, nil), leave
}

// calledBack is called before native code calls the script. Every so often it looks whether that goes on
// without end: native code may go deeper and deeper, or read on and on.
func (g *G) calledBack() {
	g.mindRunning(g.Machine.running.Load())
	if g.Machine.callbacks.Add(1)%1024 != 0 {
		return
	}
	if memoryIsFull() {
		panic(value.RuntimeError("out of memory: native code calls the script without end"))
	}
	if runtime.Callers(mostFramesDeep, make([]uintptr, 1)) > 0 {
		panic(value.RuntimeError("stack overflow: calls are nested too deeply"))
	}
}

// Tried makes a call for native code, and catches its panic.
func (fr *Frame) Tried() (p *Panic) {
	fr.G.Machine.running.Add(1)
	defer func() {
		fr.G.Machine.oneLess()
		fr.G.Pauses()
		if r := recover(); r != nil {
			p = fr.G.Caught(r)
		}
	}()
	fr.G.Native()
	fr.G.calledBack()
	fr.Run()
	return nil
}

// stub is how what reflect.MakeFunc returns lies in memory, which is not promised. It is found out at start: the
// first word of all such functions is the same code, and one of the words after it is the function they
// call, whose first word is code and whose second is what it has captured, here the closure. If it
// cannot be found out, scripts call their own function values as native code does.
var stub = findStub()

// stubLayout is that of such a function.
type stubLayout struct {
	code, impl uintptr
	word       int // where the function lies that it calls; 0: that is not known
}

func findStub() (found stubLayout) {
	probe := func() (*Closure, unsafe.Pointer) {
		cl := &Closure{}
		f := MakeFunc(reflect.TypeFor[func()](), cl)
		cell := reflect.New(f.Type())
		cell.Elem().Set(f)
		return cl, value.Pointer(cell.UnsafePointer())
	}
	a, fa := probe()
	b, fb := probe()
	if fa == nil || fb == nil || *(*uintptr)(fa) != *(*uintptr)(fb) {
		return found
	}
	for i := 1; i < 6; i++ {
		if *(*uintptr)(unsafe.Add(fa, i*8)) < 1<<20 || *(*uintptr)(unsafe.Add(fb, i*8)) < 1<<20 {
			continue // no pointer
		}
		wa, wb := value.Pointer(unsafe.Add(fa, i*8)), value.Pointer(unsafe.Add(fb, i*8))
		if wa == wb {
			continue
		}
		if value.Pointer(unsafe.Add(wa, 8)) == unsafe.Pointer(a) && value.Pointer(unsafe.Add(wb, 8)) == unsafe.Pointer(b) {
			return stubLayout{*(*uintptr)(fa), *(*uintptr)(wa), i}
		}
	}
	return found
}

// ClosureOf is the closure behind a function value, nil if it is a native function.
func ClosureOf(word unsafe.Pointer) *Closure {
	if stub.word == 0 || *(*uintptr)(word) != stub.code {
		return nil
	}
	impl := value.Pointer(unsafe.Add(word, stub.word*8))
	if *(*uintptr)(impl) != stub.impl {
		return nil
	}
	return (*Closure)(value.Pointer(unsafe.Add(impl, 8)))
}

// Hook is a function for the host to call with a request. What reflect.MakeFunc makes takes more stack,
// and connections wait in these calls.
func (c *Code) Hook() func(*wsh.Request) error {
	request, result := c.Params[0].Off, c.Results[0].Off
	return func(r *wsh.Request) error {
		c.Machine.hooks.Add(1)
		defer c.Machine.hooks.Add(-1)
		fr := c.Enter(&G{Machine: c.Machine}, nil)
		*(**wsh.Request)(fr.At(request)) = r
		if p := fr.Tried(); p != nil {
			panic(p)
		}
		return fr.G.failure(*(*error)(fr.At(result)))
	}
}

// Hearing is the function that lies at f, to be called with each message: without what reflection costs, if it is
// the script's.
func Hearing(f unsafe.Pointer) func(wsh.Message) error {
	word := value.Pointer(f)
	if word == nil {
		return nil
	}
	cl := ClosureOf(word)
	if cl == nil {
		return *(*func(wsh.Message) error)(f)
	}
	message, result := cl.Code.Params[0].Off, cl.Code.Results[0].Off
	return func(m wsh.Message) error {
		fr, leave := cl.Code.Entered()
		defer leave()
		fr.bind(cl.Env)
		*(*wsh.Message)(fr.At(message)) = m
		if p := fr.Tried(); p != nil {
			err, _ := cl.Failed(p)[0].Interface().(error)
			return err
		}
		err := *(*error)(fr.At(result))
		fr.leave()
		return err
	}
}

// CalledOn is a call of a method from native code.
func (cl *Closure) CalledOn(recv any, in []reflect.Value) []reflect.Value {
	return cl.called(append([]reflect.Value{reflect.ValueOf(recv)}, in...))
}
