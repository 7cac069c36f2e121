package lower

import (
	"fmt"
	"go/types"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// panic is the built-in, called with x.
func (g *G) panic(x any) {
	if x == nil {
		x = new(runtime.PanicNilError)
	}
	panic(&Panic{Value: x, Stack: g.stack()})
}

// builtin compiles a call of a built-in function.
func (c *compiler) builtin(b *ssa.Builtin, call *ssa.CallCommon, at operands, dst ref) op {
	args := make([]ref, len(call.Args))
	for i, a := range call.Args {
		args[i] = at(a)
	}
	var t types.Type
	var rt reflect.Type
	if len(args) > 0 {
		t = call.Args[0].Type()
		rt = c.rtype(t)
	}
	switch b.Name() {
	case "append":
		return c.appendOp(call, args, dst)
	case "len", "cap":
		return lengthOp(b.Name(), rt, args[0], dst)
	case "copy":
		from := c.rtype(call.Args[1].Type())
		return func(fr *frame) {
			n := reflect.Copy(value(rt, args[0].at(fr)), value(from, args[1].at(fr)))
			*(*int)(dst.at(fr)) = n
		}
	case "delete":
		return func(fr *frame) {
			p := args[0].at(fr)
			lock := lockOf(ptrAt(p))
			lock.Lock()
			defer lock.Unlock()
			if ptrAt(p) != nil {
				value(rt, p).SetMapIndex(value(rt.Key(), args[1].at(fr)), reflect.Value{})
			}
		}
	case "clear":
		return func(fr *frame) {
			p := args[0].at(fr)
			if rt.Kind() == reflect.Map {
				lock := lockOf(ptrAt(p))
				lock.Lock()
				defer lock.Unlock()
			}
			value(rt, p).Clear()
		}
	case "close":
		both := c.bothWays(t)
		return func(fr *frame) { value(both, args[0].at(fr)).Close() }
	case "min", "max":
		return c.extreme(b.Name() == "min", t, rt, args, dst)
	case "real":
		return func(fr *frame) { setFloat(dst.at(fr), rt, real(value(rt, args[0].at(fr)).Complex())) }
	case "imag":
		return func(fr *frame) { setFloat(dst.at(fr), rt, imag(value(rt, args[0].at(fr)).Complex())) }
	case "complex":
		if rt.Kind() == reflect.Float32 {
			return func(fr *frame) {
				*(*complex64)(dst.at(fr)) = complex(*(*float32)(args[0].at(fr)), *(*float32)(args[1].at(fr)))
			}
		}
		return func(fr *frame) {
			*(*complex128)(dst.at(fr)) = complex(*(*float64)(args[0].at(fr)), *(*float64)(args[1].at(fr)))
		}
	case "panic":
		return func(fr *frame) { fr.g.panic(*(*any)(args[0].at(fr))) }
	case "recover":
		of := c.hidden("of")
		return func(fr *frame) {
			*(*any)(dst.at(fr)) = (*Frame)(ptrAt(of.at(fr))).recoverPanic()
		}
	case "print", "println":
		return c.printOp(b.Name() == "println", call, args)
	case "ssa:wrapnilchk":
		return func(fr *frame) {
			if ptrAt(args[0].at(fr)) == nil {
				panic(plainError("value method " + *(*string)(args[1].at(fr)) + "." + *(*string)(args[2].at(fr)) + " called using nil *" + lastPart(*(*string)(args[1].at(fr))) + " pointer"))
			}
			*(*unsafe.Pointer)(dst.at(fr)) = ptrAt(args[0].at(fr))
		}
	case "ssa:deferstack":
		home := c.hidden("fr")
		return func(fr *frame) { *(*unsafe.Pointer)(dst.at(fr)) = ptrAt(home.at(fr)) }
	}
	c.refuse("%s cannot be had in scripts", b.Name())
	return nil
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
	size, move := rt.Elem().Size(), moverOf(rt.Elem())
	return func(fr *frame) {
		to, more := *(*sliceHeader)(args[0].at(fr)), (*sliceHeader)(args[1].at(fr))
		if more.len == 1 && to.len < to.cap {
			move(unsafe.Add(to.data, uintptr(to.len)*size), more.data)
			to.len++
			*(*sliceHeader)(dst.at(fr)) = to
			return
		}
		put(rt, dst.at(fr), reflect.AppendSlice(value(rt, args[0].at(fr)), value(from, args[1].at(fr)).Convert(rt)))
	}
}

func lengthOp(name string, rt reflect.Type, x, dst ref) op {
	switch {
	case rt.Kind() == reflect.String:
		return func(fr *frame) { *(*int)(dst.at(fr)) = len(*(*string)(x.at(fr))) }
	case rt.Kind() == reflect.Slice && name == "len":
		return func(fr *frame) { *(*int)(dst.at(fr)) = (*sliceHeader)(x.at(fr)).len }
	case rt.Kind() == reflect.Slice:
		return func(fr *frame) { *(*int)(dst.at(fr)) = (*sliceHeader)(x.at(fr)).cap }
	case rt.Kind() == reflect.Pointer:
		n := rt.Elem().Len()
		return func(fr *frame) { *(*int)(dst.at(fr)) = n }
	case rt.Kind() == reflect.Map:
		return func(fr *frame) {
			p := x.at(fr)
			lock := lockOf(ptrAt(p))
			lock.RLock()
			defer lock.RUnlock()
			*(*int)(dst.at(fr)) = value(rt, p).Len()
		}
	case name == "len":
		return func(fr *frame) { *(*int)(dst.at(fr)) = value(rt, x.at(fr)).Len() }
	}
	return func(fr *frame) { *(*int)(dst.at(fr)) = value(rt, x.at(fr)).Cap() }
}

func (c *compiler) extreme(least bool, t types.Type, rt reflect.Type, args []ref, dst ref) op {
	move := moverOf(rt)
	less := func(x, y unsafe.Pointer) bool { return lessValues(value(rt, x), value(rt, y)) }
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
				if f := value(rt, a.at(fr)).Float(); math.IsNaN(f) {
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

// printOp compiles print and println, which write as the runtime does.
func (c *compiler) printOp(line bool, call *ssa.CallCommon, args []ref) op {
	rts := c.rtypes(call.Args)
	vm := c.Program
	return func(fr *frame) {
		var b strings.Builder
		for i, a := range args {
			if line && i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(printed(value(rts[i], a.at(fr))))
		}
		if line {
			b.WriteByte('\n')
		}
		vm.report(b.String())
	}
}

func printed(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.Kind() == reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case v.CanFloat():
		return runtimeFloat(v.Float())
	case v.CanComplex():
		im := runtimeFloat(imag(v.Complex()))
		if im[0] != '-' && im[0] != '+' {
			im = "+" + im
		}
		return "(" + runtimeFloat(real(v.Complex())) + im + "i)"
	case v.Kind() == reflect.Interface && v.IsNil():
		return "(0x0,0x0)"
	case v.Kind() == reflect.Interface:
		return "(" + pointerText(v.Elem()) + ")"
	case v.Kind() == reflect.Slice:
		return fmt.Sprintf("[%d/%d]%#x", v.Len(), v.Cap(), v.Pointer())
	}
	return fmt.Sprintf("%#x", v.Pointer())
}

func pointerText(v reflect.Value) string { return v.Type().String() }

// runtimeFloat formats f as print does.
func runtimeFloat(f float64) string {
	if math.IsInf(f, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
