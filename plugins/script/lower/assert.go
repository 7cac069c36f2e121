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

func (c *compiler) typeAssert(in *ssa.TypeAssert) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	from := c.Laid(in.X.Type())
	test := c.tester(in.AssertedType)
	rt := c.Laid(in.AssertedType)
	vm, asserted, static := c.Program, in.AssertedType, in.X.Type()
	isIface := types.IsInterface(asserted)
	commaOk := in.CommaOk
	nilCheck := !commaOk && types.Identical(asserted, static) // of a method value of an interface
	var okOff uintptr
	if in.CommaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	return func(fr *machine.Frame) {
		a := boxed.AsAny(from, src.At(fr))
		ok := a != nil && test(a)
		p := dst.At(fr)
		switch {
		case !ok && nilCheck:
			panic(value.ErrNil)
		case !ok && !commaOk:
			panic(vm.assertion(static, asserted, a))
		case !ok:
			reflect.NewAt(rt, p).Elem().SetZero()
		case isIface:
			vm.storeIface(p, rt, asserted, a)
		default:
			_, bare := boxed.Of(a)
			value.Put(rt, p, reflect.ValueOf(bare))
		}
		if commaOk {
			*(*bool)(unsafe.Add(p, okOff)) = ok
		}
	}
}

// tester returns what tells whether a value, which is not nil, is of type t or implements it.
func (c *compiler) tester(t types.Type) func(a any) bool {
	want := c.TypeOf(t)
	if !types.IsInterface(t) {
		if want.Scripted {
			return func(a any) bool { got, _ := boxed.Of(a); return got == want }
		}
		return func(a any) bool { return reflect.TypeOf(a) == want.Laid }
	}
	iface := t.Underlying().(*types.Interface)
	vm := c.Program
	return func(a any) bool { return vm.Missing(a, iface, want.Laid) == "" }
}

// assertion is the runtime error of a type assertion that does not hold.
func (vm *Program) assertion(static, asserted types.Type, a any) error {
	if a == nil {
		if types.IsInterface(asserted) {
			return value.ConversionError("interface conversion: interface is nil, not " + value.TypeText(asserted))
		}
		return value.ConversionError("interface conversion: " + value.TypeText(static) + " is nil, not " + value.TypeText(asserted))
	}
	got := dynamicName(a)
	if iface, ok := asserted.Underlying().(*types.Interface); ok {
		return value.ConversionError("interface conversion: " + got + " is not " + value.TypeText(asserted) + ": missing method " + vm.Missing(a, iface, vm.Laid(asserted)))
	}
	return value.ConversionError("interface conversion: " + value.TypeText(static) + " is " + got + ", not " + value.TypeText(asserted))
}

func dynamicName(a any) string {
	if t, _ := boxed.Of(a); t != nil {
		return t.Name()
	}
	return reflect.TypeOf(a).String()
}
