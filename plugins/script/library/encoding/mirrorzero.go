package encoding

import (
	"go/types"
	"reflect"
	"slices"
	"strings"

	"wshd/plugins/script/boxed"
)

// asksZero reports whether encoding/json asks a field's IsZero whether to leave it out.
func (m *mirrors) asksZero(t types.Type, tag string) bool {
	if m.tag != "json" || !slices.Contains(tagOptions(tag, "json"), "omitzero") {
		return false
	}
	if iface, ok := t.Underlying().(*types.Interface); ok {
		return iface.NumMethods() > 0
	}
	return m.co.HasAny(t, true, isZero) || m.co.HasAny(t, false, isZero)
}

var isZero = []string{"IsZero"}

func tagOptions(tag, key string) []string {
	_, options, _ := strings.Cut(reflect.StructTag(tag).Get(key), ",")
	return strings.Split(options, ",")
}

// left reports whether an encoder would leave the field out.
func (m *mirrors) left(t types.Type, tag string, v reflect.Value) bool {
	for _, option := range tagOptions(tag, m.tag) {
		if option == "omitempty" && isEmpty(v) || option == "omitzero" && m.tag == "json" && m.co.isZero(t, v) {
			return true
		}
	}
	return false
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isZero asks a value itself, if it has a method for that.
func (co *Coder) isZero(t types.Type, v reflect.Value) bool {
	d := co.TypeOf(t)
	if v.Kind() == reflect.Interface {
		if v.IsNil() {
			return true
		}
		if in, bare := boxed.Of(v.Interface()); in != nil {
			d, v = in, reflect.ValueOf(bare)
		}
	}
	switch {
	case (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil():
		return true
	case co.HasAny(d.Go, false, isZero):
	case co.HasAny(d.Go, true, isZero):
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		d, v = co.TypeOf(types.NewPointer(d.Go)), p
	}
	if z, ok := d.Box(v.Interface()).(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}
