// Package value has what is alike for the values of all scripts: how they are moved in memory, how their types
// are spelled, what Go's runtime says is wrong with them, the locks that guard their maps, and what holds itself.
package value

import (
	"reflect"
	"unsafe"
)

// Mover copies one value.
type Mover func(dst, src unsafe.Pointer)

// MoveAs copies a value that lies in memory as a T does.
func MoveAs[T any](dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) }

// MoverOf returns what copies a value of type rt.
func MoverOf(rt reflect.Type) Mover {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return MoveAs[uint8]
	case reflect.Int16, reflect.Uint16:
		return MoveAs[uint16]
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return MoveAs[uint32]
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64, reflect.Float64, reflect.Complex64:
		if rt.Kind() == reflect.Complex64 {
			return MoveAs[complex64]
		}
		if rt.Size() == 8 {
			return MoveAs[uint64]
		}
		return MoveAs[uint32]
	case reflect.Complex128:
		return MoveAs[complex128]
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return MoveAs[unsafe.Pointer]
	case reflect.String:
		return MoveAs[string]
	case reflect.Slice:
		return MoveAs[[]byte]
	case reflect.Interface:
		return MoveAs[any]
	}
	if rt.Size() == 0 {
		return func(dst, src unsafe.Pointer) {}
	}
	return func(dst, src unsafe.Pointer) {
		reflect.NewAt(rt, dst).Elem().Set(reflect.NewAt(rt, src).Elem())
	}
}

// At is what lies at p, as a reflect.Value. It aliases the memory.
func At(rt reflect.Type, p unsafe.Pointer) reflect.Value { return reflect.NewAt(rt, p).Elem() }

// Put stores v, which is of type rt or assignable to it.
func Put(rt reflect.Type, p unsafe.Pointer, v reflect.Value) {
	if !v.IsValid() {
		reflect.NewAt(rt, p).Elem().SetZero()
		return
	}
	reflect.NewAt(rt, p).Elem().Set(v)
}

// Slice is a slice as it lies in memory.
type Slice struct {
	Data unsafe.Pointer
	Len  int
	Cap  int
}

// Pointer is the pointer at p.
func Pointer(p unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(p) }

// Deref is the pointer at p, which must not be nil.
func Deref(p unsafe.Pointer) unsafe.Pointer {
	q := *(*unsafe.Pointer)(p)
	if q == nil {
		panic(ErrNil)
	}
	return q
}

// Escape copies a value to the heap, so that it can be kept.
func Escape(rt reflect.Type, p unsafe.Pointer) unsafe.Pointer {
	v := reflect.New(rt)
	v.Elem().Set(At(rt, p))
	return v.UnsafePointer()
}

// Reader returns what reads an integer of type rt as an int, ok: false if it does not fit.
func Reader(rt reflect.Type) func(p unsafe.Pointer) (int, bool) {
	switch rt.Kind() {
	case reflect.Int, reflect.Int64:
		return func(p unsafe.Pointer) (int, bool) { return *(*int)(p), true }
	case reflect.Int8:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*int8)(p)), true }
	case reflect.Int16:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*int16)(p)), true }
	case reflect.Int32:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*int32)(p)), true }
	case reflect.Uint8:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*uint8)(p)), true }
	case reflect.Uint16:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*uint16)(p)), true }
	case reflect.Uint32:
		return func(p unsafe.Pointer) (int, bool) { return int(*(*uint32)(p)), true }
	}
	return func(p unsafe.Pointer) (int, bool) { return int(*(*uint64)(p)), int(*(*uint64)(p)) >= 0 }
}
