package lower

import (
	"go/types"
	"reflect"
	"text/template"
	"unsafe"

	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// templated is a value in a template. Its type is nil if it is native; otherwise v is laid out as t says.
// Its address can be taken if that of a compiled program's could.
type templated struct {
	t      *Type
	v      reflect.Value
	in     string // the type of the interface that it was found in
	opened bool   // which has no methods: templates take out what is in it
}

// held is how a value of a script's type goes through a template, which asks of it only whether it is true:
// it has a length if the value is.
type held []templated

// given is an argument as it stands in the template's text.
type given struct {
	said, at string
	constant bool
	v        reflect.Value
}

// templated finds the value in what a template has.
func (vm *Program) templated(v reflect.Value) templated {
	if !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil() || !v.CanInterface() {
		return templated{v: v}
	}
	inside, in := v, ""
	if v.Kind() == reflect.Interface {
		inside, in = v.Elem(), v.Type().String()
	}
	if h, ok := inside.Interface().(held); ok {
		return h[:1][0]
	}
	if t, bare := unboxed(inside.Interface()); t != nil {
		return templated{t, reflect.ValueOf(bare), in, in == "interface {}"}
	}
	return templated{v: v}
}

// typed is a value whose type the checker knows; t is nil if only reflect does.
func (vm *Program) typed(t types.Type, v reflect.Value) templated {
	if t == nil || !vm.typeOf(t).scripted {
		return vm.templated(v)
	}
	iface, ok := t.Underlying().(*types.Interface)
	switch {
	case !ok:
		return templated{t: vm.typeOf(t), v: v}
	case iface.NumMethods() == 0:
		it := vm.templated(v)
		it.in, it.opened = value.TypeText(t), true
		return it
	}
	if v.IsNil() { // a template tells a nil of an interface with methods from one of any
		return templated{v: reflect.New(reflect.TypeFor[error]()).Elem(), in: value.TypeText(t)}
	}
	it := vm.templated(v)
	it.in, it.opened = value.TypeText(t), false
	return it
}

// flow is what a template is given of the value.
func (it templated) flow() reflect.Value {
	if it.t == nil {
		return it.v
	}
	if it.opened {
		it.in = ""
	}
	h := held{it}
	if truth, ok := template.IsTrue(it.v.Interface()); ok && !truth {
		h = h[:0]
	}
	return reflect.ValueOf(h)
}

// typeName is the type as an error of a template names it.
func (it templated) typeName() string {
	switch {
	case it.in != "":
		return it.in
	case it.t != nil:
		return it.t.name()
	}
	return it.v.Type().String()
}

// parts is the checker's type of what the value points to or is made of; nil if it is native.
func (it templated) parts() types.Type {
	if it.t == nil {
		return nil
	}
	if u, ok := it.t.typ.Underlying().(interface{ Elem() types.Type }); ok {
		return u.Elem()
	}
	return nil
}

// to is what a pointer that is not nil points to.
func (vm *Program) to(it templated) templated {
	if it.t == nil {
		return vm.templated(it.v.Elem())
	}
	elem := it.parts()
	return vm.typed(elem, value.At(vm.rtype(elem), it.v.UnsafePointer()))
}

// indirect follows pointers and interfaces; isNil: the last is nil.
func (vm *Program) indirect(it templated) (last templated, isNil bool) {
	for it.v.Kind() == reflect.Pointer || it.v.Kind() == reflect.Interface {
		if it.v.IsNil() {
			return it, true
		}
		it = vm.to(it)
	}
	return it, false
}

// address is a pointer to a value that has an address.
func (vm *Program) address(it templated) templated {
	if it.t == nil {
		return templated{v: it.v.Addr()}
	}
	pt := vm.typeOf(types.NewPointer(it.t.typ))
	cell := reflect.New(pt.rt)
	*(*unsafe.Pointer)(cell.UnsafePointer()) = it.v.Addr().UnsafePointer()
	return templated{t: pt, v: reflect.ValueOf(cell.Elem().Interface())}
}

// boxed is the value as a script has it in an interface.
func (it templated) boxed() any {
	if it.t != nil {
		return it.t.boxOf(it.v.Interface())
	}
	return interfaceOf(it.v)
}

// printable is the value as fmt is shown it.
func (it templated) printable() any {
	if it.t == nil {
		return interfaceOf(apart(it.v, true, false))
	}
	return (&nativeCall{vm: it.t.vm, Row: library.Row{Shows: library.Shown, Format: -1}}).view(it.boxed(), it.t, it.v.Interface())
}

func interfaceOf(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

// assigned is the value as one of a type that it is assignable to; want is nil if that is native.
func (vm *Program) assigned(it templated, want *Type, rt reflect.Type) (v reflect.Value, ok bool) {
	if rt.Kind() == reflect.Interface {
		return vm.asInterface(it, want, rt)
	}
	if it.v.Kind() == reflect.Interface && !it.v.IsNil() {
		it.v = it.v.Elem()
	}
	switch {
	case it.t == nil && want == nil:
		ok = it.v.Type().AssignableTo(rt)
	case it.t != nil && want != nil:
		vm.codesMu.Lock()
		ok = types.AssignableTo(it.t.typ, want.typ)
		vm.codesMu.Unlock()
	case it.t != nil: // a type without a name takes values of any type with one that is made as it is
		ok = rt.Name() == "" && rt == it.t.rt && !vm.typeOf(it.t.typ.Underlying()).scripted
	default:
		ok = it.v.Type().Name() == "" && it.v.Type() == want.rt && !vm.typeOf(want.typ.Underlying()).scripted
	}
	return it.v, ok
}

func (vm *Program) asInterface(it templated, want *Type, rt reflect.Type) (v reflect.Value, ok bool) {
	a := it.boxed()
	cell := reflect.New(rt).Elem()
	if a == nil {
		return cell, it.v.Type().AssignableTo(rt)
	}
	if want != nil { // of the script
		cell.Set(reflect.ValueOf(a))
		return cell, vm.missing(a, want.typ.Underlying().(*types.Interface), rt) == ""
	}
	if !reflect.TypeOf(a).Implements(rt) {
		return cell, false
	}
	cell.Set(reflect.ValueOf(a))
	for i := range rt.NumMethod() { // boxes have some that their types have not
		if it.t != nil && !vm.hasAny(it.t.typ, false, []string{rt.Method(i).Name}) {
			return cell, false
		}
	}
	return cell, true
}
