package lower

import (
	"reflect"
	"unsafe"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// access moves values of one kind without a call for each: what scripts do most often.
type access struct {
	move       func(dst, src uintptr) machine.Op
	load       func(dst, p, off uintptr) machine.Op // from where a pointer and an offset lead
	store      func(p, off, src uintptr) machine.Op
	loadIndex  func(dst, slice, i uintptr) machine.Op
	storeIndex func(slice, i, src uintptr) machine.Op
}

func accessFor[T any]() *access {
	return &access{moveOf[T], loadOf[T], storeOf[T], loadIndexOf[T], storeIndexOf[T]}
}

// accessOf is how values of type rt are moved; nil: by a mover.
func accessOf(rt reflect.Type) *access {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return accessFor[uint8]()
	case reflect.Int16, reflect.Uint16:
		return accessFor[uint16]()
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return accessFor[uint32]()
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64, reflect.Float64:
		if rt.Size() == 8 {
			return accessFor[uint64]()
		}
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return accessFor[unsafe.Pointer]()
	case reflect.String:
		return accessFor[string]()
	case reflect.Slice:
		return accessFor[[]byte]()
	case reflect.Interface:
		return accessFor[any]()
	}
	return nil
}

// in is the variable of a call that lies off bytes into its frame.
func in[T any](fr *machine.Frame, off uintptr) *T { return (*T)(unsafe.Add(unsafe.Pointer(fr), off)) }

func moveOf[T any](dst, src uintptr) machine.Op {
	return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, src) }
}

func loadOf[T any](dst, p, off uintptr) machine.Op {
	return func(fr *machine.Frame) { *in[T](fr, dst) = *(*T)(unsafe.Add(value.Deref(fr.At(p)), off)) }
}

func storeOf[T any](p, off, src uintptr) machine.Op {
	return func(fr *machine.Frame) { *(*T)(unsafe.Add(value.Deref(fr.At(p)), off)) = *in[T](fr, src) }
}

func loadIndexOf[T any](dst, slice, i uintptr) machine.Op {
	return func(fr *machine.Frame) {
		s, at := *in[[]T](fr, slice), *in[int](fr, i)
		if uint(at) >= uint(len(s)) {
			checkIndex(at, true, len(s))
		}
		*in[T](fr, dst) = s[at]
	}
}

func storeIndexOf[T any](slice, i, src uintptr) machine.Op {
	return func(fr *machine.Frame) {
		s, at := *in[[]T](fr, slice), *in[int](fr, i)
		if uint(at) >= uint(len(s)) {
			checkIndex(at, true, len(s))
		}
		s[at] = *in[T](fr, src)
	}
}
