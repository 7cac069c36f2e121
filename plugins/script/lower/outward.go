package lower

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/library"
)

// outward makes of an argument what the function should see.
func (n *nativeCall) outward(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		if t, inside := unboxed(v.Interface()); t != nil {
			out := n.view(v.Interface(), t, inside)
			return reflect.ValueOf(&out).Elem()
		}
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[any]():
		var copied []any
		list := v.Interface().([]any)
		for i, a := range list {
			if t, inside := unboxed(a); t != nil {
				if copied == nil {
					copied = append(copied, list...)
				}
				copied[i] = n.view(a, t, inside)
			}
		}
		if copied != nil {
			return reflect.ValueOf(copied)
		}
	}
	return v
}

// showing are the methods that those look for who show a value.
var showing = append([]string{"GoString", "LogValue"}, telling...)

func (n *nativeCall) view(boxed any, t *Type, inside any) any {
	switch n.Shows {
	case library.Logged:
		return t.logged(boxed, inside)
	case library.Shown:
		if _, basic := t.typ.Underlying().(*types.Basic); basic && n.Format < 0 && !t.vm.hasAny(t.typ, false, showing) {
			return inside
		}
		return boxed
	case library.Bare:
		return inside
	case library.Decode:
		return t.vm.decoding(boxed, t, inside, n.Decoder)
	}
	p := reflect.New(t.rt)
	p.Elem().Set(reflect.ValueOf(inside))
	switch n.Shows {
	case library.EncodeXML:
		return t.vm.inXML.shownXML(t.typ, p.UnsafePointer(), false)
	case library.EncodeGob:
		return t.vm.inGob.of(t.typ, p.UnsafePointer(), false).Interface()
	}
	return t.vm.inJSON.of(t.typ, p.UnsafePointer(), false).Interface()
}

// logged is what log/slog is shown of a value: of an error that says nothing of JSON, one that has
// no method for it, since slog asks for that before it asks for Error.
func (t *Type) logged(boxed, inside any) any {
	_, isError := boxed.(error)
	switch {
	case isError && !t.vm.hasAny(t.typ, false, []string{"MarshalJSON"}):
		return carry.Pack(t.carrierWith(append(t.lookedFor(), ofBoxes()["Format"])), carry.Value{Of: t, Bare: inside})
	case t.rt.Kind() == reflect.Slice && t.rt.Elem().Kind() == reflect.Uint8 && !t.vm.hasAny(t.typ, false, showing):
		return inside
	}
	return boxed
}
