package lower

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

type comparer func(x, y unsafe.Pointer) bool

func equalAs[T comparable](x, y unsafe.Pointer) bool { return *(*T)(x) == *(*T)(y) }

// equal returns what compares values of type t; the other operand's type u differs only where both are
// interfaces of the same methods, which are not kept alike if one of them is error.
func (c *compiler) equal(t, u types.Type) comparer {
	rt, ru := c.Laid(t), c.Laid(u)
	if types.IsInterface(t) && types.IsInterface(u) && rt != ru {
		return func(x, y unsafe.Pointer) bool { return equalValues(boxed.AsAny(rt, x), boxed.AsAny(ru, y)) }
	}
	return c.equalOf(t, rt)
}

func (c *compiler) equalOf(t types.Type, rt reflect.Type) comparer {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return equalAs[uint8]
	case reflect.Int16, reflect.Uint16:
		return equalAs[uint16]
	case reflect.Int32, reflect.Uint32:
		return equalAs[uint32]
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64:
		return equalAs[uint64]
	case reflect.Float32:
		return equalAs[float32]
	case reflect.Float64:
		return equalAs[float64]
	case reflect.Complex64:
		return equalAs[complex64]
	case reflect.Complex128:
		return equalAs[complex128]
	case reflect.String:
		return equalAs[string]
	case reflect.Pointer, reflect.Chan, reflect.Map, reflect.Func, reflect.UnsafePointer:
		return equalAs[unsafe.Pointer]
	case reflect.Slice: // with nil only
		return func(x, y unsafe.Pointer) bool { return (*value.Slice)(x).Data == (*value.Slice)(y).Data }
	case reflect.Interface:
		if rt.NumMethod() == 0 {
			return equalAny
		}
		return func(x, y unsafe.Pointer) bool { return equalValues(boxed.AsAny(rt, x), boxed.AsAny(rt, y)) }
	}
	switch t := t.Underlying().(type) {
	case *types.Array:
		el, size, n := c.equal(t.Elem(), t.Elem()), rt.Elem().Size(), rt.Len()
		return func(x, y unsafe.Pointer) bool {
			for i := range n {
				if !el(unsafe.Add(x, uintptr(i)*size), unsafe.Add(y, uintptr(i)*size)) {
					return false
				}
			}
			return true
		}
	case *types.Struct:
		return c.equalStruct(t, rt)
	}
	c.refuse(&unknown, fmt.Sprintf("comparing %s", t))
	return nil
}

func (c *compiler) equalStruct(t *types.Struct, rt reflect.Type) comparer {
	type part struct {
		off   uintptr
		equal comparer
	}
	var parts []part
	for i := range t.NumFields() {
		if f := t.Field(i); f.Name() != "_" {
			parts = append(parts, part{rt.Field(i).Offset, c.equal(f.Type(), f.Type())})
		}
	}
	return func(x, y unsafe.Pointer) bool {
		for _, p := range parts {
			if !p.equal(unsafe.Add(x, p.off), unsafe.Add(y, p.off)) {
				return false
			}
		}
		return true
	}
}

func equalAny(x, y unsafe.Pointer) bool { return equalValues(*(*any)(x), *(*any)(y)) }

// equalValues compares what two interfaces hold, as Go does, and panics as Go does.
func equalValues(a, b any) bool {
	ta, va := boxed.Of(a)
	tb, vb := boxed.Of(b)
	if ta != tb {
		return false
	}
	if ta != nil && !types.Comparable(ta.Go) {
		panic(value.RuntimeError("comparing uncomparable type " + ta.Name()))
	}
	return va == vb
}
