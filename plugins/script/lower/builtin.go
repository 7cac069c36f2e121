package lower

import (
	"go/types"
	"math"
	"reflect"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

// builtinCall is a call of a built-in function.
type builtinCall struct {
	*ssa.CallCommon
	args []machine.Ref
	t    types.Type // of the first argument
	rt   reflect.Type
	dst  machine.Ref
}

// builtins compile the built-in functions. len and cap, append, min and max, print are long enough to
// stand by themselves.
var builtins = map[string]func(c *compiler, b *builtinCall) machine.Op{
	"append":         func(c *compiler, b *builtinCall) machine.Op { return c.appendOp(b.CallCommon, b.args, b.dst) },
	"len":            func(c *compiler, b *builtinCall) machine.Op { return lengthOp("len", b.rt, b.args[0], b.dst) },
	"cap":            func(c *compiler, b *builtinCall) machine.Op { return lengthOp("cap", b.rt, b.args[0], b.dst) },
	"min":            func(c *compiler, b *builtinCall) machine.Op { return c.extreme(true, b.t, b.rt, b.args, b.dst) },
	"max":            func(c *compiler, b *builtinCall) machine.Op { return c.extreme(false, b.t, b.rt, b.args, b.dst) },
	"print":          func(c *compiler, b *builtinCall) machine.Op { return c.printOp(false, b.CallCommon, b.args) },
	"println":        func(c *compiler, b *builtinCall) machine.Op { return c.printOp(true, b.CallCommon, b.args) },
	"copy":           (*compiler).copyOp,
	"delete":         (*compiler).deleteOp,
	"clear":          (*compiler).clearOp,
	"complex":        (*compiler).complexOp,
	"ssa:wrapnilchk": (*compiler).nilCheck,

	"close": func(c *compiler, b *builtinCall) machine.Op {
		rt, ch := c.bothWays(b.t), b.args[0]
		return func(fr *machine.Frame) { value.At(rt, ch.At(fr)).Close() }
	},
	"real": func(c *compiler, b *builtinCall) machine.Op {
		return func(fr *machine.Frame) {
			setFloat(b.dst.At(fr), b.rt, real(value.At(b.rt, b.args[0].At(fr)).Complex()))
		}
	},
	"imag": func(c *compiler, b *builtinCall) machine.Op {
		return func(fr *machine.Frame) {
			setFloat(b.dst.At(fr), b.rt, imag(value.At(b.rt, b.args[0].At(fr)).Complex()))
		}
	},
	"panic": func(c *compiler, b *builtinCall) machine.Op {
		return func(fr *machine.Frame) { fr.G.Panic(*(*any)(b.args[0].At(fr))) }
	},
	"recover": func(c *compiler, b *builtinCall) machine.Op {
		c.needOf()
		return func(fr *machine.Frame) { *(*any)(b.dst.At(fr)) = fr.Of.RecoverPanic() }
	},
	"ssa:deferstack": func(c *compiler, b *builtinCall) machine.Op {
		c.needHome()
		return func(fr *machine.Frame) { *(**machine.Pending)(b.dst.At(fr)) = fr.Home }
	},
}

// builtin compiles a call of a built-in function.
func (c *compiler) builtin(fn *ssa.Builtin, call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	b := &builtinCall{CallCommon: call, dst: dst}
	defer func() { b.CallCommon = nil }() // what has been compiled holds b
	for _, a := range call.Args {
		b.args = append(b.args, at(a))
	}
	if len(b.args) > 0 {
		b.t = call.Args[0].Type()
		b.rt = c.Laid(b.t)
	}
	compile := builtins[fn.Name()]
	if compile == nil {
		c.refuse(&unknown, fn.Name())
	}
	return compile(c, b)
}

func (c *compiler) copyOp(b *builtinCall) machine.Op {
	rt, from := b.rt, c.Laid(b.Args[1].Type())
	return func(fr *machine.Frame) {
		*(*int)(b.dst.At(fr)) = reflect.Copy(value.At(rt, b.args[0].At(fr)), value.At(from, b.args[1].At(fr)))
	}
}

func (c *compiler) deleteOp(b *builtinCall) machine.Op {
	m, k := b.args[0], b.args[1]
	quick := mapOf(b.rt)
	return func(fr *machine.Frame) {
		p := m.At(fr)
		lock := value.LockOf(value.Pointer(p))
		lock.Lock()
		defer lock.Unlock()
		if quick != nil {
			quick.cut(p, k.At(fr))
		} else if value.Pointer(p) != nil {
			value.At(b.rt, p).SetMapIndex(value.At(b.rt.Key(), k.At(fr)), reflect.Value{})
		}
	}
}

func (c *compiler) clearOp(b *builtinCall) machine.Op {
	return func(fr *machine.Frame) {
		p := b.args[0].At(fr)
		if b.rt.Kind() == reflect.Map {
			lock := value.LockOf(value.Pointer(p))
			lock.Lock()
			defer lock.Unlock()
		}
		value.At(b.rt, p).Clear()
	}
}

func (c *compiler) complexOp(b *builtinCall) machine.Op {
	if b.rt.Kind() == reflect.Float32 {
		return func(fr *machine.Frame) {
			*(*complex64)(b.dst.At(fr)) = complex(*(*float32)(b.args[0].At(fr)), *(*float32)(b.args[1].At(fr)))
		}
	}
	return func(fr *machine.Frame) {
		*(*complex128)(b.dst.At(fr)) = complex(*(*float64)(b.args[0].At(fr)), *(*float64)(b.args[1].At(fr)))
	}
}

// nilCheck is what go/ssa puts before a value method that is called by way of a pointer.
func (c *compiler) nilCheck(b *builtinCall) machine.Op {
	p, typ, method := b.args[0], b.args[1], b.args[2]
	return func(fr *machine.Frame) {
		if value.Pointer(p.At(fr)) == nil {
			name := *(*string)(typ.At(fr))
			panic(value.PlainError("value method " + name + "." + *(*string)(method.At(fr)) + " called using nil *" + lastPart(name) + " pointer"))
		}
		*(*unsafe.Pointer)(b.dst.At(fr)) = value.Pointer(p.At(fr))
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

func (c *compiler) appendOp(call *ssa.CallCommon, args []machine.Ref, dst machine.Ref) machine.Op {
	rt, from := c.Laid(call.Args[0].Type()), c.Laid(call.Args[1].Type())
	if from.Kind() == reflect.String {
		return func(fr *machine.Frame) {
			*(*[]byte)(dst.At(fr)) = append(*(*[]byte)(args[0].At(fr)), *(*string)(args[1].At(fr))...)
		}
	}
	size, move := rt.Elem().Size(), value.MoverOf(rt.Elem())
	return func(fr *machine.Frame) {
		to, more := *(*value.Slice)(args[0].At(fr)), (*value.Slice)(args[1].At(fr))
		if more.Len == 1 && to.Len < to.Cap {
			move(unsafe.Add(to.Data, uintptr(to.Len)*size), more.Data)
			to.Len++
			*(*value.Slice)(dst.At(fr)) = to
			return
		}
		if n := to.Len + more.Len; n < 0 || n > to.Cap && memory.TooMuch(uint64(n), uint64(size)) {
			panic(value.RuntimeError("growslice: len out of range"))
		}
		value.Put(rt, dst.At(fr), reflect.AppendSlice(value.At(rt, args[0].At(fr)), value.At(from, args[1].At(fr)).Convert(rt)))
	}
}

func lengthOp(name string, rt reflect.Type, x, dst machine.Ref) machine.Op {
	switch {
	case rt.Kind() == reflect.String:
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = len(*(*string)(x.At(fr))) }
	case rt.Kind() == reflect.Slice && name == "len":
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = (*value.Slice)(x.At(fr)).Len }
	case rt.Kind() == reflect.Slice:
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = (*value.Slice)(x.At(fr)).Cap }
	case rt.Kind() == reflect.Pointer:
		n := rt.Elem().Len()
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = n }
	case rt.Kind() == reflect.Map:
		return func(fr *machine.Frame) {
			p := x.At(fr)
			lock := value.LockOf(value.Pointer(p))
			lock.RLock()
			defer lock.RUnlock()
			*(*int)(dst.At(fr)) = value.At(rt, p).Len()
		}
	case name == "len":
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = value.At(rt, x.At(fr)).Len() }
	}
	return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = value.At(rt, x.At(fr)).Cap() }
}

func (c *compiler) extreme(least bool, t types.Type, rt reflect.Type, args []machine.Ref, dst machine.Ref) machine.Op {
	move := value.MoverOf(rt)
	less := func(x, y unsafe.Pointer) bool { return lessValues(value.At(rt, x), value.At(rt, y)) }
	return func(fr *machine.Frame) {
		best := args[0].At(fr)
		for _, a := range args[1:] {
			p := a.At(fr)
			if least && less(p, best) || !least && less(best, p) {
				best = p
			}
		}
		if isFloat(rt) { // a NaN wins, and -0 is less than 0
			for _, a := range args {
				if f := value.At(rt, a.At(fr)).Float(); math.IsNaN(f) {
					best = a.At(fr)
				}
			}
		}
		move(dst.At(fr), best)
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
