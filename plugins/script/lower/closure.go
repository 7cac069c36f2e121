package lower

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

func envType(vm *Program, fn *ssa.Function) reflect.Type {
	fields := make([]reflect.StructField, len(fn.FreeVars))
	for i, v := range fn.FreeVars {
		fields[i] = reflect.StructField{Name: fmt.Sprint("V", i), Type: vm.Laid(v.Type())}
	}
	return reflect.StructOf(fields)
}

func (c *compiler) makeClosure(in *ssa.MakeClosure) machine.Op {
	fn := in.Fn.(*ssa.Function)
	dst, code, et := c.ref(in), c.Program.code(fn), envType(c.Program, fn)
	moves := c.transfers(in.Bindings, c.ref)
	for i := range moves {
		moves[i].To = et.Field(i).Offset
	}
	rt := c.Laid(types.Unalias(in.Type()).Underlying())
	return func(fr *machine.Frame) {
		env := reflect.New(et).UnsafePointer()
		for _, m := range moves {
			m.Move(unsafe.Add(env, m.To), m.From.At(fr))
		}
		value.Put(rt, dst.At(fr), machine.MakeFunc(rt, &machine.Closure{Code: code, Env: env, Type: rt}))
	}
}

// funcValue is a function without variables, used as a value.
func (c *compiler) funcValue(fn *ssa.Function) machine.Ref {
	rt := c.Laid(fn.Signature)
	if recv := fn.Signature.Recv(); recv != nil {
		c.refuse(&unknown, fn)
	}
	cell := reflect.New(rt)
	if v := c.intrinsicValue(fn); v.IsValid() {
		cell.Elem().Set(v)
	} else if fn.Blocks == nil {
		cell.Elem().Set(c.nativeCall(c.nativeFunc(fn), fn.Object()).asValue())
	} else {
		cell.Elem().Set(machine.MakeFunc(rt, &machine.Closure{Code: c.Program.code(fn), Type: rt}))
	}
	return machine.Ref{Abs: cell.UnsafePointer()}
}
