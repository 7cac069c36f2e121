package lower

import (
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library"
	"wshd/plugins/script/library/format"
)

// outward makes of an argument what the function should see.
func (n *nativeCall) outward(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		if t, inside := boxed.Of(v.Interface()); t != nil {
			out := n.view(v.Interface(), t, inside)
			return reflect.ValueOf(&out).Elem()
		}
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[any]():
		var copied []any
		list := v.Interface().([]any)
		for i, a := range list {
			if t, inside := boxed.Of(a); t != nil {
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

// view is what the function is shown of a value in an interface.
func (n *nativeCall) view(boxed any, t *boxed.Type, inside any) any {
	switch n.Shows {
	case library.Logged:
		return format.Logged(t, boxed, inside)
	case library.Shown:
		if n.Format < 0 {
			return format.Shown(t, boxed, inside)
		}
		return boxed
	case library.Bare:
		return inside
	case library.Decode:
		return n.vm.coder.Decoding(boxed, t, inside, n.Decoder)
	}
	p := reflect.New(t.Laid)
	p.Elem().Set(reflect.ValueOf(inside))
	switch n.Shows {
	case library.EncodeXML:
		return n.vm.coder.InXML.ShownXML(t.Go, p.UnsafePointer(), false)
	case library.EncodeGob:
		return n.vm.coder.InGob.Of(t.Go, p.UnsafePointer(), false).Interface()
	}
	return n.vm.coder.InJSON.Of(t.Go, p.UnsafePointer(), false).Interface()
}
