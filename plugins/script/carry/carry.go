// Package carry makes of a script's value one that Go's library finds methods on, and the name of its type:
// reflect makes no types that have either. carry.go is a value as it is carried, methods.go holds a method
// for each that the library may look for, type.go makes types of those that a script's type has.
package carry

import (
	"reflect"
	"unsafe"
)

//go:generate go run ./gen

// Value is a value of a script's type, behind an interface.
type Value struct {
	Of   Type
	Bare any // the value as it lies in memory, where types have no names
}

// Type is a type of a script's.
type Type interface {
	// Call calls a method of one of its values. Its parameters and results lie at the addresses given.
	Call(bare any, method string, params, results []unsafe.Pointer)
}

// carrier is what all types that Make makes implement.
type carrier interface{ Carried() Value }

// Carried is the value.
func (v page0) Carried() Value { return Value(v) }

// Unpack returns what a holds, if that is a script's value.
func Unpack(a any) (Value, bool) {
	if c, ok := a.(carrier); ok {
		return c.Carried(), true
	}
	return Value{}, false
}

// Inside is what an interface holds, without what a script's value has around it.
func Inside(v reflect.Value) reflect.Value {
	if packed, ok := Unpack(v.Interface()); ok {
		return reflect.ValueOf(packed.Bare)
	}
	return reflect.ValueOf(v.Interface())
}
