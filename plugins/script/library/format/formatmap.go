package format

import (
	"cmp"
	"go/types"
	"reflect"
	"slices"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

func (f *printer) mapping(t types.Type, u *types.Map, v reflect.Value, depth int, hidden bool) {
	open, shut := "map[", "]"
	if f.sharp && f.verb == 'v' {
		if v.IsNil() {
			f.text(f.name(t) + "(nil)")
			return
		}
		open, shut = f.name(t)+"{", "}"
	}
	f.text(open)
	if !v.IsNil() && f.enters(v) {
		defer f.in.Leave()
	}
	v = value.Snapshot(v)
	keys := v.MapKeys()
	slices.SortStableFunc(keys, CompareKeys)
	for i, k := range keys {
		if i > 0 {
			f.text(f.separator())
		}
		f.value(u.Key(), boxed.Addr(k), depth+1, hidden)
		f.text(":")
		f.value(u.Elem(), boxed.Addr(v.MapIndex(k)), depth+1, hidden)
	}
	f.text(shut)
}

// CompareKeys orders map keys as fmt does.
func CompareKeys(a, b reflect.Value) int {
	if a.Kind() == reflect.Interface {
		a, b = a.Elem(), b.Elem()
		if !a.IsValid() || !b.IsValid() {
			return cmp.Compare(btoi(a.IsValid()), btoi(b.IsValid()))
		}
		ta, va := boxed.Of(a.Interface())
		tb, vb := boxed.Of(b.Interface())
		if ta != nil && tb != nil {
			a, b = reflect.ValueOf(va), reflect.ValueOf(vb)
		}
		if a.Type() != b.Type() {
			return cmp.Compare(a.Type().String(), b.Type().String())
		}
	}
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == reflect.String:
		return cmp.Compare(a.String(), b.String())
	case a.Kind() == reflect.Bool:
		return cmp.Compare(btoi(a.Bool()), btoi(b.Bool()))
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			if c := CompareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case a.Kind() == reflect.Array:
		for i := range a.Len() {
			if c := CompareKeys(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
	case a.Kind() == reflect.Pointer || a.Kind() == reflect.Chan:
		return cmp.Compare(a.Pointer(), b.Pointer())
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
