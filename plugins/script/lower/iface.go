package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/carry"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// canBe refuses at load an interface that boxes do not have all the methods of.
func (c *compiler) canBe(iface types.Type) {
	rt := c.Laid(iface)
	for i := range rt.NumMethod() {
		if _, ok := carry.Find(rt.Method(i).Name, rt.Method(i).Type); !ok {
			c.refuse(&noWrapper, iface, rt.Method(i).Name)
		}
	}
}

func (c *compiler) makeInterface(in *ssa.MakeInterface) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	t, it := c.TypeOf(in.X.Type()), c.Laid(in.Type())
	if t.Scripted {
		c.queueBoxed(t)
		c.canBe(in.Type())
		if it.NumMethod() == 0 {
			return func(fr *machine.Frame) { *(*any)(dst.At(fr)) = t.Box(value.At(t.Laid, src.At(fr)).Interface()) }
		}
		return func(fr *machine.Frame) {
			value.Put(it, dst.At(fr), reflect.ValueOf(t.Box(value.At(t.Laid, src.At(fr)).Interface())))
		}
	}
	if it.NumMethod() == 0 {
		return func(fr *machine.Frame) { *(*any)(dst.At(fr)) = value.At(t.Laid, src.At(fr)).Interface() }
	}
	return func(fr *machine.Frame) { value.Put(it, dst.At(fr), value.At(t.Laid, src.At(fr))) }
}

// toInterface compiles the conversion of an interface to another.
func (c *compiler) toInterface(in, x ssa.Value) machine.Op {
	dst, src := c.ref(in), c.ref(x)
	from, to := c.Laid(x.Type()), c.Laid(in.Type())
	if from == to {
		return moveOp(value.MoveAs[any], dst, src)
	}
	vm, iface := c.Program, in.Type()
	return func(fr *machine.Frame) {
		a := boxed.AsAny(from, src.At(fr))
		if a == nil {
			*(*any)(dst.At(fr)) = nil
			return
		}
		vm.storeIface(dst.At(fr), to, iface, a)
	}
}

// storeIface stores a value that is known to implement iface.
func (vm *Program) storeIface(dst unsafe.Pointer, to reflect.Type, iface types.Type, a any) {
	if to.NumMethod() == 0 {
		*(*any)(dst) = a
		return
	}
	if !reflect.TypeOf(a).Implements(to) {
		panic(value.RuntimeError("a script's type cannot be a " + iface.String()))
	}
	value.Put(to, dst, reflect.ValueOf(a))
}

// invoke compiles a method call on an interface.
func (c *compiler) invoke(call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	recv, moves := at(call.Value), c.transfers(call.Args, at)
	from := c.Laid(call.Value.Type())
	argTypes, offs := c.rtypes(call.Args), c.resultOffsets(call.Signature())
	pkg, name := call.Method.Pkg(), call.Method.Name()
	vm := c.Program
	return func(fr *machine.Frame) {
		a := boxed.AsAny(from, recv.At(fr))
		if a == nil {
			panic(value.ErrNil)
		}
		t, bare := boxed.Of(a)
		if t == nil {
			args := make([]reflect.Value, 1+len(moves))
			args[0] = reflect.ValueOf(a)
			for i, m := range moves {
				args[i+1] = value.At(argTypes[i], m.From.At(fr))
			}
			defer fr.GoesOut()()
			storeResults(fr, vm.nativeMethod(args[0].Type(), name).call(fr.G, args), offs, dst)
			return
		}
		cell := reflect.New(t.Laid)
		cell.Elem().Set(reflect.ValueOf(bare))
		machine.CallCode(fr, t.Method(pkg, name), nil, moves, cell.UnsafePointer(), offs, dst)
	}
}
