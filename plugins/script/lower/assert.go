package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

func (c *compiler) typeAssert(in *ssa.TypeAssert) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	from := c.rtype(in.X.Type())
	test := c.tester(in.AssertedType)
	rt := c.rtype(in.AssertedType)
	vm, asserted, static := c.Program, in.AssertedType, in.X.Type()
	isIface := types.IsInterface(asserted)
	nilCheck := !in.CommaOk && types.Identical(asserted, static) // of a method value of an interface
	var okOff uintptr
	if in.CommaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	return func(fr *machine.Frame) {
		a := asAny(from, src.At(fr))
		ok := a != nil && test(a)
		p := dst.At(fr)
		switch {
		case !ok && nilCheck:
			panic(value.ErrNil)
		case !ok && !in.CommaOk:
			panic(vm.assertion(static, asserted, a))
		case !ok:
			reflect.NewAt(rt, p).Elem().SetZero()
		case isIface:
			vm.storeIface(p, rt, asserted, a)
		default:
			_, bare := unboxed(a)
			value.Put(rt, p, reflect.ValueOf(bare))
		}
		if in.CommaOk {
			*(*bool)(unsafe.Add(p, okOff)) = ok
		}
	}
}

// tester returns what tells whether a value, which is not nil, is of type t or implements it.
func (c *compiler) tester(t types.Type) func(a any) bool {
	want := c.typeOf(t)
	if !types.IsInterface(t) {
		if want.scripted {
			return func(a any) bool { got, _ := unboxed(a); return got == want }
		}
		return func(a any) bool { return reflect.TypeOf(a) == want.rt }
	}
	iface := t.Underlying().(*types.Interface)
	vm := c.Program
	return func(a any) bool { return vm.missing(a, iface, want.rt) == "" }
}

// missing names a method of iface that a does not have, "" if it has all.
func (vm *Program) missing(a any, iface *types.Interface, rt reflect.Type) string {
	if t, _ := unboxed(a); t != nil {
		vm.codesMu.Lock() // go/types completes types when first asked
		defer vm.codesMu.Unlock()
		if m, _ := types.MissingMethod(t.typ, iface, true); m != nil {
			return m.Name()
		}
		return ""
	}
	got := reflect.TypeOf(a)
	if rt.NumMethod() > 0 && got.Implements(rt) {
		return ""
	}
	for m := range iface.Methods() {
		found, ok := got.MethodByName(m.Name())
		if !ok || !sameFunc(found.Type, vm.rtype(m.Signature())) {
			return m.Name()
		}
	}
	return ""
}

// sameFunc compares a method's type, which has its receiver first, with a function's.
func sameFunc(method, fn reflect.Type) bool {
	if method.NumIn() != fn.NumIn()+1 || method.NumOut() != fn.NumOut() || method.IsVariadic() != fn.IsVariadic() {
		return false
	}
	for i := range fn.NumIn() {
		if method.In(i+1) != fn.In(i) {
			return false
		}
	}
	for i := range fn.NumOut() {
		if method.Out(i) != fn.Out(i) {
			return false
		}
	}
	return true
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
		return value.ConversionError("interface conversion: " + got + " is not " + value.TypeText(asserted) + ": missing method " + vm.missing(a, iface, vm.rtype(asserted)))
	}
	return value.ConversionError("interface conversion: " + value.TypeText(static) + " is " + got + ", not " + value.TypeText(asserted))
}

func dynamicName(a any) string {
	if t, _ := unboxed(a); t != nil {
		return t.name()
	}
	return reflect.TypeOf(a).String()
}
