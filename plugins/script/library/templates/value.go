package templates

import (
	"go/types"
	"reflect"
	"text/template"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library/format"
	"wshd/plugins/script/value"
)

// templated is a value in a template. Its type is nil if it is native; otherwise v is laid out as t says.
// Its address can be taken if that of a compiled program's could.
type templated struct {
	t      *boxed.Type
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
func (s *Set) templated(v reflect.Value) templated {
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
	if t, bare := boxed.Of(inside.Interface()); t != nil {
		return templated{t, reflect.ValueOf(bare), in, in == "interface {}"}
	}
	return templated{v: v}
}

// typed is a value whose type the checker knows; t is nil if only reflect does.
func (s *Set) typed(t types.Type, v reflect.Value) templated {
	if t == nil || !s.TypeOf(t).Scripted {
		return s.templated(v)
	}
	iface, ok := t.Underlying().(*types.Interface)
	switch {
	case !ok:
		return templated{t: s.TypeOf(t), v: v}
	case iface.NumMethods() == 0:
		it := s.templated(v)
		it.in, it.opened = value.TypeText(t), true
		return it
	}
	if v.IsNil() { // a template tells a nil of an interface with methods from one of any
		return templated{v: reflect.New(reflect.TypeFor[error]()).Elem(), in: value.TypeText(t)}
	}
	it := s.templated(v)
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
		return it.t.Name()
	}
	return it.v.Type().String()
}

// parts is the checker's type of what the value points to or is made of; nil if it is native.
func (it templated) parts() types.Type {
	if it.t == nil {
		return nil
	}
	if u, ok := it.t.Go.Underlying().(interface{ Elem() types.Type }); ok {
		return u.Elem()
	}
	return nil
}

// to is what a pointer that is not nil points to.
func (s *Set) to(it templated) templated {
	if it.t == nil {
		return s.templated(it.v.Elem())
	}
	elem := it.parts()
	return s.typed(elem, value.At(s.Laid(elem), it.v.UnsafePointer()))
}

// indirect follows pointers and interfaces; isNil: the last is nil.
func (s *Set) indirect(it templated) (last templated, isNil bool) {
	for it.v.Kind() == reflect.Pointer || it.v.Kind() == reflect.Interface {
		if it.v.IsNil() {
			return it, true
		}
		it = s.to(it)
	}
	return it, false
}

// address is a pointer to a value that has an address.
func (s *Set) address(it templated) templated {
	if it.t == nil {
		return templated{v: it.v.Addr()}
	}
	pt := s.TypeOf(types.NewPointer(it.t.Go))
	cell := reflect.New(pt.Laid)
	*(*unsafe.Pointer)(cell.UnsafePointer()) = it.v.Addr().UnsafePointer()
	return templated{t: pt, v: reflect.ValueOf(cell.Elem().Interface())}
}

// boxed is the value as a script has it in an interface.
func (it templated) boxed() any {
	if it.t != nil {
		return it.t.Box(it.v.Interface())
	}
	return interfaceOf(it.v)
}

// printable is the value as fmt is shown it.
func (it templated) printable() any {
	if it.t == nil {
		return interfaceOf(boxed.Apart(it.v, true, false))
	}
	return format.Shown(it.t, it.boxed(), it.v.Interface())
}

func interfaceOf(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

// assigned is the value as one of a type that it is assignable to; want is nil if that is native.
func (s *Set) assigned(it templated, want *boxed.Type, rt reflect.Type) (v reflect.Value, ok bool) {
	if rt.Kind() == reflect.Interface {
		return s.asInterface(it, want, rt)
	}
	if it.v.Kind() == reflect.Interface && !it.v.IsNil() {
		it.v = it.v.Elem()
	}
	switch {
	case it.t == nil && want == nil:
		ok = it.v.Type().AssignableTo(rt)
	case it.t != nil && want != nil:
		s.Checker.Lock()
		ok = types.AssignableTo(it.t.Go, want.Go)
		s.Checker.Unlock()
	case it.t != nil: // a type without a name takes values of any type with one that is made as it is
		ok = rt.Name() == "" && rt == it.t.Laid && !s.TypeOf(it.t.Go.Underlying()).Scripted
	default:
		ok = it.v.Type().Name() == "" && it.v.Type() == want.Laid && !s.TypeOf(want.Go.Underlying()).Scripted
	}
	return it.v, ok
}

func (s *Set) asInterface(it templated, want *boxed.Type, rt reflect.Type) (v reflect.Value, ok bool) {
	a := it.boxed()
	cell := reflect.New(rt).Elem()
	if a == nil {
		return cell, it.v.Type().AssignableTo(rt)
	}
	if want != nil { // of the script
		cell.Set(reflect.ValueOf(a))
		return cell, s.Missing(a, want.Go.Underlying().(*types.Interface), rt) == ""
	}
	if !reflect.TypeOf(a).Implements(rt) {
		return cell, false
	}
	cell.Set(reflect.ValueOf(a))
	for i := range rt.NumMethod() { // boxes have some that their types have not
		if it.t != nil && !s.HasAny(it.t.Go, false, []string{rt.Method(i).Name}) {
			return cell, false
		}
	}
	return cell, true
}
