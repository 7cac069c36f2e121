package boxed

import (
	"go/types"
	"reflect"
)

// Telling are the methods that those look for who show or encode a value.
var Telling = []string{"MarshalJSON", "MarshalText", "MarshalXML", "MarshalBinary", "GobEncode", "String", "Error", "Format"}

// HasAny reports whether t or a pointer to it has one of the methods.
func (ts *Types) HasAny(t types.Type, pointer bool, names []string) bool {
	if !ts.TypeOf(t).Scripted || types.IsInterface(t) {
		return false
	}
	ts.Checker.Lock()
	defer ts.Checker.Unlock()
	set := ts.Sets.MethodSet(t)
	if pointer {
		set = ts.Sets.MethodSet(types.NewPointer(t))
	}
	for _, name := range names {
		if set.Lookup(nil, name) != nil {
			return true
		}
	}
	return false
}

// HasMethod reports whether d has a method of that name and type.
func (d *Type) HasMethod(name string, sig *types.Signature) bool {
	d.In.Checker.Lock()
	defer d.In.Checker.Unlock()
	sel := d.In.Sets.MethodSet(d.Go).Lookup(nil, name)
	return sel != nil && types.Identical(sel.Obj().Type(), sig)
}

// StringFuncType is that of String and Error.
var StringFuncType = types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(types.NewParam(0, nil, "", types.Typ[types.String])), false)

// Missing names a method of iface that a does not have, "" if it has all.
func (ts *Types) Missing(a any, iface *types.Interface, rt reflect.Type) string {
	if t, _ := Of(a); t != nil {
		ts.Checker.Lock() // go/types completes types when first asked
		defer ts.Checker.Unlock()
		if m, _ := types.MissingMethod(t.Go, iface, true); m != nil {
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
		if !ok || !sameFunc(found.Type, ts.Laid(m.Signature())) {
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

// ElementOf is what t points to or is made of; nil: nothing.
func ElementOf(t types.Type) types.Type {
	if c, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return c.Elem()
	}
	return nil
}
