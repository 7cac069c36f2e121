package lower

import (
	"fmt"
	"go/types"
	"reflect"
	"runtime"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/value"
)

// closure is a function value of the script.
type closure struct {
	code *Code
	env  unsafe.Pointer
	rt   reflect.Type
	hook bool // the host calls it
}

// makeFunc makes a Go function of cl, which script and native code can call alike. Inlined, its
// function would be several.
//
//go:noinline
func makeFunc(rt reflect.Type, cl *closure) reflect.Value {
	return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value { return cl.called(in) })
}

// called is a call from native code.
func (cl *closure) called(in []reflect.Value) []reflect.Value {
	fr, leave := cl.code.entered()
	defer leave()
	fr.bind(cl.env)
	for i, p := range cl.code.params {
		value.Put(p.rt, fr.at(p.off), in[i])
	}
	if p := fr.tried(); p != nil {
		return cl.failed(p)
	}
	out := make([]reflect.Value, len(cl.code.results))
	for i, r := range cl.code.results {
		cell := reflect.New(cl.rt.Out(i))
		r.move(cell.UnsafePointer(), fr.at(r.off))
		if err, ok := cell.Interface().(*error); ok && cl.hook {
			*err = fr.g.failure(*err)
		}
		out[i] = cell.Elem()
	}
	return out
}

// entered makes the frame of a call from native code. leave is to be called when it has returned.
func (c *Code) entered() (fr *frame, leave func()) {
	leave = func() { activeCalls.Add(-1) }
	if isTooDeep(activeCalls.Add(1)) {
		leave()
		panic(&Panic{Value: value.RuntimeError("stack overflow: calls are nested too deeply")})
	}
	return c.enter(&G{vm: c.vm}, nil), leave
}

// calledBack is called before native code calls the script. Every so often it looks whether that goes on
// without end: native code may go deeper and deeper, or read on and on.
func (g *G) calledBack() {
	g.mindRunning(g.vm.running.Load())
	if g.vm.callbacks.Add(1)%1024 != 0 {
		return
	}
	if memoryIsFull() {
		panic(value.RuntimeError("out of memory: native code calls the script without end"))
	}
	if runtime.Callers(mostFramesDeep, make([]uintptr, 1)) > 0 {
		panic(value.RuntimeError("stack overflow: calls are nested too deeply"))
	}
}

// tried makes a call for native code, and catches its panic.
func (fr *frame) tried() (p *Panic) {
	fr.g.vm.running.Add(1)
	defer func() {
		fr.g.vm.oneLess()
		fr.g.pauses()
		if r := recover(); r != nil {
			p = fr.g.caught(r)
		}
	}()
	fr.g.native()
	fr.g.calledBack()
	fr.run()
	return nil
}

// The layout of what reflect.MakeFunc returns is not promised. It is found out at start: the first
// word of all such functions is the same code, and one of the words after it is the function they
// call, whose first word is code and whose second is what it has captured, here the closure. If it
// cannot be found out, scripts call their own function values as native code does.
var (
	stubCode uintptr
	implCode uintptr
	implWord = -1
)

func init() {
	probe := func() (*closure, unsafe.Pointer) {
		cl := &closure{}
		f := makeFunc(reflect.TypeFor[func()](), cl)
		cell := reflect.New(f.Type())
		cell.Elem().Set(f)
		return cl, value.Pointer(cell.UnsafePointer())
	}
	a, fa := probe()
	b, fb := probe()
	if fa == nil || fb == nil || *(*uintptr)(fa) != *(*uintptr)(fb) {
		return
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
			stubCode, implCode, implWord = *(*uintptr)(fa), *(*uintptr)(wa), i
			return
		}
	}
}

// closureOf is the closure behind a function value, nil if it is a native function.
func closureOf(word unsafe.Pointer) *closure {
	if implWord < 0 || *(*uintptr)(word) != stubCode {
		return nil
	}
	impl := value.Pointer(unsafe.Add(word, implWord*8))
	if *(*uintptr)(impl) != implCode {
		return nil
	}
	return (*closure)(value.Pointer(unsafe.Add(impl, 8)))
}

func envType(vm *Program, fn *ssa.Function) reflect.Type {
	fields := make([]reflect.StructField, len(fn.FreeVars))
	for i, v := range fn.FreeVars {
		fields[i] = reflect.StructField{Name: fmt.Sprint("V", i), Type: vm.rtype(v.Type())}
	}
	return reflect.StructOf(fields)
}

func (c *compiler) makeClosure(in *ssa.MakeClosure) op {
	fn := in.Fn.(*ssa.Function)
	dst, code, et := c.ref(in), c.Program.code(fn), envType(c.Program, fn)
	moves := c.transfers(in.Bindings, c.ref)
	for i := range moves {
		moves[i].to = et.Field(i).Offset
	}
	rt := c.rtype(types.Unalias(in.Type()).Underlying())
	return func(fr *frame) {
		env := reflect.New(et).UnsafePointer()
		for _, m := range moves {
			m.move(unsafe.Add(env, m.to), m.from.at(fr))
		}
		value.Put(rt, dst.at(fr), makeFunc(rt, &closure{code: code, env: env, rt: rt}))
	}
}

// funcValue is a function without variables, used as a value.
func (c *compiler) funcValue(fn *ssa.Function) ref {
	rt := c.rtype(fn.Signature)
	if recv := fn.Signature.Recv(); recv != nil {
		c.refuse(&unknown, fn)
	}
	cell := reflect.New(rt)
	if v := c.intrinsicValue(fn); v.IsValid() {
		cell.Elem().Set(v)
	} else if fn.Blocks == nil {
		cell.Elem().Set(c.nativeCall(c.nativeFunc(fn), fn.Object()).asValue())
	} else {
		cell.Elem().Set(makeFunc(rt, &closure{code: c.Program.code(fn), rt: rt}))
	}
	return ref{abs: cell.UnsafePointer()}
}
