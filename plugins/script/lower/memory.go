package lower

import (
	"reflect"
	"unsafe"
)

// mover copies one value.
type mover func(dst, src unsafe.Pointer)

func moveAs[T any](dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) }

// moverOf returns what copies a value of type rt.
func moverOf(rt reflect.Type) mover {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return moveAs[uint8]
	case reflect.Int16, reflect.Uint16:
		return moveAs[uint16]
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return moveAs[uint32]
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64, reflect.Float64, reflect.Complex64:
		if rt.Kind() == reflect.Complex64 {
			return moveAs[complex64]
		}
		if rt.Size() == 8 {
			return moveAs[uint64]
		}
		return moveAs[uint32]
	case reflect.Complex128:
		return moveAs[complex128]
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return moveAs[unsafe.Pointer]
	case reflect.String:
		return moveAs[string]
	case reflect.Slice:
		return moveAs[[]byte]
	case reflect.Interface:
		return moveAs[any]
	}
	if rt.Size() == 0 {
		return func(dst, src unsafe.Pointer) {}
	}
	return func(dst, src unsafe.Pointer) {
		reflect.NewAt(rt, dst).Elem().Set(reflect.NewAt(rt, src).Elem())
	}
}

// value is what lies at p, as a reflect.Value. It aliases the memory.
func value(rt reflect.Type, p unsafe.Pointer) reflect.Value { return reflect.NewAt(rt, p).Elem() }

// put stores v, which is of type rt or assignable to it.
func put(rt reflect.Type, p unsafe.Pointer, v reflect.Value) {
	if !v.IsValid() {
		reflect.NewAt(rt, p).Elem().SetZero()
		return
	}
	reflect.NewAt(rt, p).Elem().Set(v)
}

type sliceHeader struct {
	data unsafe.Pointer
	len  int
	cap  int
}

func ptrAt(p unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(p) }

// deref is the pointer at p, which must not be nil.
func deref(p unsafe.Pointer) unsafe.Pointer {
	q := *(*unsafe.Pointer)(p)
	if q == nil {
		panic(errNil)
	}
	return q
}

// escape copies a value to the heap, so that it can be kept.
func escape(rt reflect.Type, p unsafe.Pointer) unsafe.Pointer {
	v := reflect.New(rt)
	v.Elem().Set(value(rt, p))
	return v.UnsafePointer()
}

// reader returns what reads an integer of type rt as an int, ok: false if it does not fit.
func reader(rt reflect.Type) func(p unsafe.Pointer) (int, bool) {
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

// moveValue copies a value of type rt from one place to another.
func moveValue(rt reflect.Type, dst, src ref) op {
	if acc := accessOf(rt); acc != nil && src.abs == nil && dst.abs == nil {
		return acc.move(dst.off, src.off)
	}
	return moveOp(moverOf(rt), dst, src)
}

func moveOp(move mover, dst, src ref) op {
	return func(fr *frame) { move(dst.at(fr), src.at(fr)) }
}
