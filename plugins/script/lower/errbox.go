package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

var errorInterface = errorType.Underlying().(*types.Interface)

var errorType = types.Universe.Lookup("error").Type()

// errorAs is errors.As, which knows a script's types. want is what target points to; nil: that is not known.
func (vm *Program) errorAs(g *machine.G, err error, target any, want types.Type) bool {
	if err == nil {
		return false
	}
	t, bare := boxed.Of(target)
	p := reflect.ValueOf(bare)
	switch {
	case bare == nil:
		panic("errors: target cannot be nil")
	case p.Kind() != reflect.Pointer || p.IsNil():
		panic("errors: target must be a non-nil pointer")
	case t != nil:
		want = boxed.ElementOf(t.Go)
	case want == nil:
		return g.AsNative(err, target)
	}
	if !types.IsInterface(want) && !vm.isError(want) {
		panic("errors: *target must be interface or implement error")
	}
	return vm.asInto(g, err, want, p.UnsafePointer(), target)
}

// isError reports whether t is an error, at run time.
func (vm *Program) isError(t types.Type) bool {
	vm.Checker.Lock() // go/types completes types when first asked
	defer vm.Checker.Unlock()
	return types.Implements(t, errorInterface)
}

func (vm *Program) asInto(g *machine.G, err error, want types.Type, dst unsafe.Pointer, target any) bool {
	wanted := vm.TypeOf(want)
	iface, isIface := want.Underlying().(*types.Interface)
	return g.Walk(err, func(e error) bool {
		a := any(e)
		t, bare := boxed.Of(a)
		switch {
		case isIface && vm.Missing(a, iface, wanted.Laid) == "":
			vm.storeIface(dst, wanted.Laid, want, a)
			return true
		case !isIface && wanted.Scripted && t == wanted:
			value.Put(wanted.Laid, dst, reflect.ValueOf(bare))
			return true
		case !isIface && !wanted.Scripted && t == nil && reflect.TypeOf(a) == wanted.Laid:
			value.Put(wanted.Laid, dst, reflect.ValueOf(a))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && x.As(target)
	})
}

func (c *compiler) errorAsType(fn *ssa.Function, err, dst machine.Ref) machine.Op {
	want := fn.TypeArgs()[0]
	rt, target := c.Laid(want), c.TypeOf(types.NewPointer(want))
	okOff := c.Laid(fn.Signature.Results()).Field(1).Offset
	vm := c.Program
	return func(fr *machine.Frame) {
		found := reflect.New(rt)
		at := found.Interface()
		if target.Scripted {
			at = target.Box(at)
		}
		ok := vm.asInto(fr.G, *(*error)(err.At(fr)), want, found.UnsafePointer(), at)
		value.Put(rt, dst.At(fr), found.Elem())
		*(*bool)(unsafe.Add(dst.At(fr), okOff)) = ok
	}
}
