package lower

import (
	"cmp"
	"go/types"
	"reflect"
	"slices"
	"unsafe"

	"wshd/plugins/script/value"
)

// addr is the address of v, of a copy if it has none.
func addr(v reflect.Value) unsafe.Pointer {
	if v.CanAddr() {
		return v.Addr().UnsafePointer()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.UnsafePointer()
}

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
	slices.SortStableFunc(keys, compareKeys)
	for i, k := range keys {
		if i > 0 {
			f.text(f.separator())
		}
		f.value(u.Key(), addr(k), depth+1, hidden)
		f.text(":")
		f.value(u.Elem(), addr(v.MapIndex(k)), depth+1, hidden)
	}
	f.text(shut)
}

// compareKeys orders map keys as fmt does.
func compareKeys(a, b reflect.Value) int {
	if a.Kind() == reflect.Interface {
		a, b = a.Elem(), b.Elem()
		if !a.IsValid() || !b.IsValid() {
			return cmp.Compare(btoi(a.IsValid()), btoi(b.IsValid()))
		}
		ta, va := unboxed(a.Interface())
		tb, vb := unboxed(b.Interface())
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
			if c := compareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case a.Kind() == reflect.Array:
		for i := range a.Len() {
			if c := compareKeys(a.Index(i), b.Index(i)); c != 0 {
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
