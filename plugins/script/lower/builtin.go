package lower

import (
	"go/types"
	"math"
	"reflect"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// panic is the built-in, called with x.
func (g *G) panic(x any) {
	if x == nil {
		x = new(runtime.PanicNilError)
	}
	panic(&Panic{Value: x, calls: g.calls(), g: g})
}

// builtinCall is a call of a built-in function.
type builtinCall struct {
	*ssa.CallCommon
	args []ref
	t    types.Type // of the first argument
	rt   reflect.Type
	dst  ref
}

// builtins compile the built-in functions. len and cap, append, min and max, print are long enough to
// stand by themselves.
var builtins = map[string]func(c *compiler, b builtinCall) op{
	"append":         func(c *compiler, b builtinCall) op { return c.appendOp(b.CallCommon, b.args, b.dst) },
	"len":            func(c *compiler, b builtinCall) op { return lengthOp("len", b.rt, b.args[0], b.dst) },
	"cap":            func(c *compiler, b builtinCall) op { return lengthOp("cap", b.rt, b.args[0], b.dst) },
	"min":            func(c *compiler, b builtinCall) op { return c.extreme(true, b.t, b.rt, b.args, b.dst) },
	"max":            func(c *compiler, b builtinCall) op { return c.extreme(false, b.t, b.rt, b.args, b.dst) },
	"print":          func(c *compiler, b builtinCall) op { return c.printOp(false, b.CallCommon, b.args) },
	"println":        func(c *compiler, b builtinCall) op { return c.printOp(true, b.CallCommon, b.args) },
	"copy":           (*compiler).copyOp,
	"delete":         (*compiler).deleteOp,
	"clear":          (*compiler).clearOp,
	"complex":        (*compiler).complexOp,
	"ssa:wrapnilchk": (*compiler).nilCheck,

	"close": func(c *compiler, b builtinCall) op {
		rt, ch := c.bothWays(b.t), b.args[0]
		return func(fr *frame) { value.At(rt, ch.at(fr)).Close() }
	},
	"real": func(c *compiler, b builtinCall) op {
		return func(fr *frame) { setFloat(b.dst.at(fr), b.rt, real(value.At(b.rt, b.args[0].at(fr)).Complex())) }
	},
	"imag": func(c *compiler, b builtinCall) op {
		return func(fr *frame) { setFloat(b.dst.at(fr), b.rt, imag(value.At(b.rt, b.args[0].at(fr)).Complex())) }
	},
	"panic": func(c *compiler, b builtinCall) op {
		return func(fr *frame) { fr.g.panic(*(*any)(b.args[0].at(fr))) }
	},
	"recover": func(c *compiler, b builtinCall) op {
		c.needOf()
		return func(fr *frame) { *(*any)(b.dst.at(fr)) = fr.of.recoverPanic() }
	},
	"ssa:deferstack": func(c *compiler, b builtinCall) op {
		c.needHome()
		return func(fr *frame) { *(**Frame)(b.dst.at(fr)) = fr.home }
	},
}

// builtin compiles a call of a built-in function.
func (c *compiler) builtin(fn *ssa.Builtin, call *ssa.CallCommon, at operands, dst ref) op {
	b := builtinCall{CallCommon: call, dst: dst}
	for _, a := range call.Args {
		b.args = append(b.args, at(a))
	}
	if len(b.args) > 0 {
		b.t = call.Args[0].Type()
		b.rt = c.rtype(b.t)
	}
	compile := builtins[fn.Name()]
	if compile == nil {
		c.refuse(&unknown, fn.Name())
	}
	return compile(c, b)
}

func (c *compiler) copyOp(b builtinCall) op {
	rt, from := b.rt, c.rtype(b.Args[1].Type())
	return func(fr *frame) {
		*(*int)(b.dst.at(fr)) = reflect.Copy(value.At(rt, b.args[0].at(fr)), value.At(from, b.args[1].at(fr)))
	}
}

func (c *compiler) deleteOp(b builtinCall) op {
	m, k := b.args[0], b.args[1]
	quick := mapOf(b.rt)
	return func(fr *frame) {
		p := m.at(fr)
		lock := value.LockOf(value.Pointer(p))
		lock.Lock()
		defer lock.Unlock()
		if quick != nil {
			quick.cut(p, k.at(fr))
		} else if value.Pointer(p) != nil {
			value.At(b.rt, p).SetMapIndex(value.At(b.rt.Key(), k.at(fr)), reflect.Value{})
		}
	}
}

func (c *compiler) clearOp(b builtinCall) op {
	return func(fr *frame) {
		p := b.args[0].at(fr)
		if b.rt.Kind() == reflect.Map {
			lock := value.LockOf(value.Pointer(p))
			lock.Lock()
			defer lock.Unlock()
		}
		value.At(b.rt, p).Clear()
	}
}

func (c *compiler) complexOp(b builtinCall) op {
	if b.rt.Kind() == reflect.Float32 {
		return func(fr *frame) {
			*(*complex64)(b.dst.at(fr)) = complex(*(*float32)(b.args[0].at(fr)), *(*float32)(b.args[1].at(fr)))
		}
	}
	return func(fr *frame) {
		*(*complex128)(b.dst.at(fr)) = complex(*(*float64)(b.args[0].at(fr)), *(*float64)(b.args[1].at(fr)))
	}
}

// nilCheck is what go/ssa puts before a value method that is called by way of a pointer.
func (c *compiler) nilCheck(b builtinCall) op {
	p, typ, method := b.args[0], b.args[1], b.args[2]
	return func(fr *frame) {
		if value.Pointer(p.at(fr)) == nil {
			name := *(*string)(typ.at(fr))
			panic(value.PlainError("value method " + name + "." + *(*string)(method.at(fr)) + " called using nil *" + lastPart(name) + " pointer"))
		}
		*(*unsafe.Pointer)(b.dst.at(fr)) = value.Pointer(p.at(fr))
	}
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

func setFloat(p unsafe.Pointer, rt reflect.Type, f float64) {
	if rt.Kind() == reflect.Complex64 {
		*(*float32)(p) = float32(f)
		return
	}
	*(*float64)(p) = f
}

func (c *compiler) appendOp(call *ssa.CallCommon, args []ref, dst ref) op {
	rt, from := c.rtype(call.Args[0].Type()), c.rtype(call.Args[1].Type())
	if from.Kind() == reflect.String {
		return func(fr *frame) {
			*(*[]byte)(dst.at(fr)) = append(*(*[]byte)(args[0].at(fr)), *(*string)(args[1].at(fr))...)
		}
	}
	size, move := rt.Elem().Size(), value.MoverOf(rt.Elem())
	return func(fr *frame) {
		to, more := *(*value.Slice)(args[0].at(fr)), (*value.Slice)(args[1].at(fr))
		if more.Len == 1 && to.Len < to.Cap {
			move(unsafe.Add(to.Data, uintptr(to.Len)*size), more.Data)
			to.Len++
			*(*value.Slice)(dst.at(fr)) = to
			return
		}
		if n := to.Len + more.Len; n < 0 || n > to.Cap && library.TooMuch(uint64(n), uint64(size)) {
			panic(value.RuntimeError("growslice: len out of range"))
		}
		value.Put(rt, dst.at(fr), reflect.AppendSlice(value.At(rt, args[0].at(fr)), value.At(from, args[1].at(fr)).Convert(rt)))
	}
}

func lengthOp(name string, rt reflect.Type, x, dst ref) op {
	switch {
	case rt.Kind() == reflect.String:
		return func(fr *frame) { *(*int)(dst.at(fr)) = len(*(*string)(x.at(fr))) }
	case rt.Kind() == reflect.Slice && name == "len":
		return func(fr *frame) { *(*int)(dst.at(fr)) = (*value.Slice)(x.at(fr)).Len }
	case rt.Kind() == reflect.Slice:
		return func(fr *frame) { *(*int)(dst.at(fr)) = (*value.Slice)(x.at(fr)).Cap }
	case rt.Kind() == reflect.Pointer:
		n := rt.Elem().Len()
		return func(fr *frame) { *(*int)(dst.at(fr)) = n }
	case rt.Kind() == reflect.Map:
		return func(fr *frame) {
			p := x.at(fr)
			lock := value.LockOf(value.Pointer(p))
			lock.RLock()
			defer lock.RUnlock()
			*(*int)(dst.at(fr)) = value.At(rt, p).Len()
		}
	case name == "len":
		return func(fr *frame) { *(*int)(dst.at(fr)) = value.At(rt, x.at(fr)).Len() }
	}
	return func(fr *frame) { *(*int)(dst.at(fr)) = value.At(rt, x.at(fr)).Cap() }
}

func (c *compiler) extreme(least bool, t types.Type, rt reflect.Type, args []ref, dst ref) op {
	move := value.MoverOf(rt)
	less := func(x, y unsafe.Pointer) bool { return lessValues(value.At(rt, x), value.At(rt, y)) }
	return func(fr *frame) {
		best := args[0].at(fr)
		for _, a := range args[1:] {
			p := a.at(fr)
			if least && less(p, best) || !least && less(best, p) {
				best = p
			}
		}
		if isFloat(rt) { // a NaN wins, and -0 is less than 0
			for _, a := range args {
				if f := value.At(rt, a.at(fr)).Float(); math.IsNaN(f) {
					best = a.at(fr)
				}
			}
		}
		move(dst.at(fr), best)
	}
}

func isFloat(rt reflect.Type) bool {
	return rt.Kind() == reflect.Float64 || rt.Kind() == reflect.Float32
}

func lessValues(x, y reflect.Value) bool {
	switch {
	case x.CanInt():
		return x.Int() < y.Int()
	case x.CanUint():
		return x.Uint() < y.Uint()
	case x.CanFloat():
		a, b := x.Float(), y.Float()
		return a < b || a == 0 && b == 0 && math.Signbit(a) && !math.Signbit(b)
	}
	return x.String() < y.String()
}
