package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/value"
)

// canBe refuses at load an interface that boxes do not have all the methods of.
func (c *compiler) canBe(iface types.Type) {
	rt := c.rtype(iface)
	for i := range rt.NumMethod() {
		if _, ok := carry.Find(rt.Method(i).Name, rt.Method(i).Type); !ok {
			c.refuse(&noWrapper, iface, rt.Method(i).Name)
		}
	}
}

func (c *compiler) makeInterface(in *ssa.MakeInterface) op {
	dst, src := c.ref(in), c.ref(in.X)
	t, it := c.typeOf(in.X.Type()), c.rtype(in.Type())
	if t.scripted {
		c.queueBoxed(t)
		c.canBe(in.Type())
		if it.NumMethod() == 0 {
			return func(fr *frame) { *(*any)(dst.at(fr)) = t.boxOf(value.At(t.rt, src.at(fr)).Interface()) }
		}
		return func(fr *frame) {
			value.Put(it, dst.at(fr), reflect.ValueOf(t.boxOf(value.At(t.rt, src.at(fr)).Interface())))
		}
	}
	if it.NumMethod() == 0 {
		return func(fr *frame) { *(*any)(dst.at(fr)) = value.At(t.rt, src.at(fr)).Interface() }
	}
	return func(fr *frame) { value.Put(it, dst.at(fr), value.At(t.rt, src.at(fr))) }
}

// toInterface compiles the conversion of an interface to another.
func (c *compiler) toInterface(in, x ssa.Value) op {
	dst, src := c.ref(in), c.ref(x)
	from, to := c.rtype(x.Type()), c.rtype(in.Type())
	if from == to {
		return moveOp(value.MoveAs[any], dst, src)
	}
	vm, iface := c.Program, in.Type()
	return func(fr *frame) {
		a := asAny(from, src.at(fr))
		if a == nil {
			*(*any)(dst.at(fr)) = nil
			return
		}
		vm.storeIface(dst.at(fr), to, iface, a)
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
func (c *compiler) invoke(call *ssa.CallCommon, at operands, dst ref) op {
	recv, moves := at(call.Value), c.transfers(call.Args, at)
	from := c.rtype(call.Value.Type())
	argTypes, offs := c.rtypes(call.Args), c.resultOffsets(call.Signature())
	pkg, name := call.Method.Pkg(), call.Method.Name()
	vm := c.Program
	return func(fr *frame) {
		a := asAny(from, recv.at(fr))
		if a == nil {
			panic(value.ErrNil)
		}
		t, bare := unboxed(a)
		if t == nil {
			args := make([]reflect.Value, 1+len(moves))
			args[0] = reflect.ValueOf(a)
			for i, m := range moves {
				args[i+1] = value.At(argTypes[i], m.from.at(fr))
			}
			defer fr.goesOut()()
			storeResults(fr, vm.nativeMethod(args[0].Type(), name).call(fr.g, args), offs, dst)
			return
		}
		cell := reflect.New(t.rt)
		cell.Elem().Set(reflect.ValueOf(bare))
		callCode(fr, t.method(pkg, name), nil, moves, cell.UnsafePointer(), offs, dst)
	}
}
