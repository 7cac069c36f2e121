package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// errorAs is errors.As, which knows a script's types. want is what target points to; nil: that is not known.
func (vm *Program) errorAs(g *machine.G, err error, target any, want types.Type) bool {
	if err == nil {
		return false
	}
	t, bare := unboxed(target)
	p := reflect.ValueOf(bare)
	switch {
	case bare == nil:
		panic("errors: target cannot be nil")
	case p.Kind() != reflect.Pointer || p.IsNil():
		panic("errors: target must be a non-nil pointer")
	case t != nil:
		want = elementOf(t.typ)
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
	vm.codesMu.Lock() // go/types completes types when first asked
	defer vm.codesMu.Unlock()
	return types.Implements(t, errorInterface)
}

func (vm *Program) asInto(g *machine.G, err error, want types.Type, dst unsafe.Pointer, target any) bool {
	wanted := vm.typeOf(want)
	iface, isIface := want.Underlying().(*types.Interface)
	return g.Walk(err, func(e error) bool {
		a := any(e)
		t, bare := unboxed(a)
		switch {
		case isIface && vm.missing(a, iface, wanted.rt) == "":
			vm.storeIface(dst, wanted.rt, want, a)
			return true
		case !isIface && wanted.scripted && t == wanted:
			value.Put(wanted.rt, dst, reflect.ValueOf(bare))
			return true
		case !isIface && !wanted.scripted && t == nil && reflect.TypeOf(a) == wanted.rt:
			value.Put(wanted.rt, dst, reflect.ValueOf(a))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && x.As(target)
	})
}

func (c *compiler) errorAsType(fn *ssa.Function, err, dst machine.Ref) machine.Op {
	want := fn.TypeArgs()[0]
	rt, target := c.rtype(want), c.typeOf(types.NewPointer(want))
	okOff := c.rtype(fn.Signature.Results()).Field(1).Offset
	vm := c.Program
	return func(fr *machine.Frame) {
		found := reflect.New(rt)
		at := found.Interface()
		if target.scripted {
			at = target.boxOf(at)
		}
		ok := vm.asInto(fr.G, *(*error)(err.At(fr)), want, found.UnsafePointer(), at)
		value.Put(rt, dst.At(fr), found.Elem())
		*(*bool)(unsafe.Add(dst.At(fr), okOff)) = ok
	}
}

// callString calls a method without parameters that returns a string.
func (b box) callString(name string) (string, bool) {
	out, ok := b.callMethod(name)
	if !ok || len(out) != 1 || out[0].Kind() != reflect.String {
		return "", false
	}
	return out[0].String(), true
}

// callMethod calls an exported method of the value in the box.
func (b box) callMethod(name string, args ...reflect.Value) ([]reflect.Value, bool) {
	code := b.t.method(nil, name)
	if code == nil {
		return nil, false
	}
	rt := reflect.FuncOf(nil, resultTypes(code), false)
	cl := &machine.Closure{Code: code, Type: rt}
	return cl.CalledOn(b.v, args), true
}

func resultTypes(code *machine.Code) []reflect.Type {
	list := make([]reflect.Type, len(code.Results))
	for i, r := range code.Results {
		list[i] = r.Type
	}
	return list
}
