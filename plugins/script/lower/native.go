package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
	"wshd/plugins/script/value"
)

// callReflect calls a native function by reflection.
func callReflect(fr *machine.Frame, fn reflect.Value, moves []machine.Transfer, argTypes []reflect.Type, offs []uintptr, dst machine.Ref) {
	args := make([]reflect.Value, len(moves))
	for i, m := range moves {
		args[i] = value.At(argTypes[i], m.From.At(fr))
	}
	defer fr.GoesOut()()
	storeResults(fr, callValues(fn, args), offs, dst)
}

func callValues(fn reflect.Value, args []reflect.Value) []reflect.Value {
	if fn.Type().IsVariadic() {
		return fn.CallSlice(args)
	}
	return fn.Call(args)
}

func storeResults(fr *machine.Frame, out []reflect.Value, offs []uintptr, dst machine.Ref) {
	if len(out) == 0 {
		return
	}
	p := dst.At(fr)
	for i, v := range out {
		reflect.NewAt(v.Type(), unsafe.Add(p, offs[i])).Elem().Set(v)
	}
}

// nativeFunc finds a function or method of a package that is compiled into the host.
func (c *compiler) nativeFunc(fn *ssa.Function) reflect.Value {
	obj, ok := fn.Object().(*types.Func)
	if !ok || obj.Pkg() == nil {
		if recv := fn.Signature.Recv(); recv != nil && fn.Name() == "Error" {
			return reflect.ValueOf(error.Error)
		}
		c.refuse(&unknown, fn)
	}
	sig := obj.Signature()
	if sig.Recv() == nil {
		v, ok := std.Symbols(obj.Pkg().Path())[obj.Name()]
		if !ok {
			c.refuse(&noGeneric, obj.Pkg().Name()+"."+obj.Name())
		}
		return v
	}
	recv := c.Laid(fn.Signature.Recv().Type())
	m, ok := recv.MethodByName(obj.Name())
	if !ok {
		c.refuse(&unknown, obj.FullName())
	}
	return m.Func
}

// callNative compiles a call of a native function.
func (c *compiler) callNative(fn reflect.Value, obj types.Object, call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	moves := c.transfers(call.Args, at)
	argTypes := c.rtypes(call.Args)
	offs := c.resultOffsets(call.Signature())
	n := c.nativeCall(fn, obj)
	if n.Shows == library.Decode {
		for _, a := range call.Args {
			c.refuseDecoding(a, n.Decoder)
		}
	}
	return func(fr *machine.Frame) {
		args := make([]reflect.Value, len(moves))
		for i, m := range moves {
			args[i] = value.At(argTypes[i], m.From.At(fr))
		}
		defer fr.GoesOut()()
		storeResults(fr, n.call(fr.G, args), offs, dst)
	}
}
