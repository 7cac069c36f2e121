package lower

import (
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// intrinsic compiles a call of a native function that must know about boxes, or is generic.
func (c *compiler) intrinsic(fn *ssa.Function, call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	name := originName(fn)
	if no, ok := library.HostFuncs[name]; ok {
		if c.isWrapper() {
			msg := hostFunc.refusal(name, no[0], no[1]).msg
			return func(*machine.Frame) { panic(value.PlainError(msg)) }
		}
		c.refuse(&hostFunc, name, no[0], no[1])
	}
	arg := func(i int) machine.Ref { return at(call.Args[i]) }
	for _, find := range []func() machine.Op{
		func() machine.Op { return c.errorsOp(name, fn, call, arg, dst) },
		func() machine.Op { return atomicPointer(name, arg, dst) },
		func() machine.Op { return atomicValue(name, arg, dst) },
		func() machine.Op { return c.waitOp(name, arg) },
		func() machine.Op { return c.frequent(name, call, arg, dst) },
		func() machine.Op { return c.ordered(name, fn, arg, dst) },
		func() machine.Op { return c.sortedBy(name, fn, arg, dst) },
	} {
		if f := find(); f != nil {
			return f
		}
	}
	if fn.Blocks != nil {
		return nil
	}
	second := func() uintptr { return c.tupleOffset(call.Signature().Results(), 1) }
	if f := c.quickNative(name, fn, arg, dst, second); f != nil {
		return f
	}
	if v, ok := c.replacement(name); ok {
		return c.callNative(v, fn.Object(), call, at, dst)
	}
	if v := c.generic(name, fn); v.IsValid() {
		return c.callNative(v, fn.Object(), call, at, dst)
	}
	return nil
}

// errorsOp compiles the functions of package errors that know a script's types.
func (c *compiler) errorsOp(name string, fn *ssa.Function, call *ssa.CallCommon, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	switch name {
	case "errors.Is":
		a, b := arg(0), arg(1)
		return func(fr *machine.Frame) {
			*(*bool)(dst.At(fr)) = fr.G.ErrorIs(*(*error)(a.At(fr)), *(*error)(b.At(fr)))
		}
	case "errors.As":
		a, b, vm := arg(0), arg(1), c.Program
		want := pointedTo(call.Args[1])
		return func(fr *machine.Frame) {
			*(*bool)(dst.At(fr)) = vm.errorAs(fr.G, *(*error)(a.At(fr)), *(*any)(b.At(fr)), want)
		}
	case "errors.AsType":
		return c.errorAsType(fn, arg(0), dst)
	}
	return nil
}

// isWrapper reports whether the function is a method promoted to a type of the script, and perhaps never
// called.
func (c *compiler) isWrapper() bool { return strings.HasPrefix(c.fn.Synthetic, "wrapper for ") }

// isIntrinsic reports whether calls of fn, which has a body, are done natively all the same.
func (c *compiler) isIntrinsic(fn *ssa.Function) bool {
	_, ok := library.HostFuncs[originName(fn)]
	return ok
}

// intrinsicValue is a native function that is replaced, as a value.
func (c *compiler) intrinsicValue(fn *ssa.Function) reflect.Value {
	name := originName(fn)
	if no, ok := library.HostFuncs[name]; ok {
		c.refuse(&hostFunc, name, no[0], no[1])
	}
	switch name {
	case "errors.Is":
		return reflect.ValueOf((&machine.G{Machine: c.Machine}).ErrorIs)
	case "errors.As":
		vm := c.Program
		return reflect.ValueOf(func(err error, target any) bool { return vm.errorAs(&machine.G{Machine: vm.Machine}, err, target, nil) })
	}
	if fn.Blocks == nil {
		if v, ok := c.replacement(name); ok {
			return c.nativeCall(v, fn.Object()).asValue()
		}
		return c.generic(name, fn)
	}
	return reflect.Value{}
}

// originName is a function's name with its package's path, without type arguments.
func originName(fn *ssa.Function) string {
	return library.FuncName(fn.Object())
}
