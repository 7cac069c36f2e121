package lower

import (
	"reflect"
	"unsafe"
)

// mapAccess reads and writes a map without reflection. m, k and v are where they lie; the map is locked.
type mapAccess struct {
	get func(m, k, v unsafe.Pointer) bool // without the key v becomes zero
	set func(m, k, v unsafe.Pointer)
	cut func(m, k unsafe.Pointer)
}

func mapFor[K comparable, V any]() *mapAccess {
	return &mapAccess{
		get: func(m, k, v unsafe.Pointer) (ok bool) {
			*(*V)(v), ok = (*(*map[K]V)(m))[*(*K)(k)]
			return ok
		},
		set: func(m, k, v unsafe.Pointer) { (*(*map[K]V)(m))[*(*K)(k)] = *(*V)(v) },
		cut: func(m, k unsafe.Pointer) { delete(*(*map[K]V)(m), *(*K)(k)) },
	}
}

// mapOf is for maps whose keys are strings or integers. Maps of values that lie alike in memory, and hold
// pointers in the same places, are alike; so are those of integers of a size, whose hash is that of their
// memory. nil: the map needs reflection.
func mapOf(mt reflect.Type) *mapAccess {
	switch mt.Key().Kind() {
	case reflect.String:
		return mapTo[string](mt.Elem())
	case reflect.Int, reflect.Uint, reflect.Int64, reflect.Uint64, reflect.Uintptr:
		if mt.Key().Size() == 8 {
			return mapTo[uint64](mt.Elem())
		}
	case reflect.Int32, reflect.Uint32:
		return mapTo[uint32](mt.Elem())
	}
	return nil
}

func mapTo[K comparable](elem reflect.Type) *mapAccess {
	switch elem.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return mapFor[K, uint8]()
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return mapFor[K, uint32]()
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64, reflect.Float64:
		if elem.Size() == 8 {
			return mapFor[K, uint64]()
		}
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return mapFor[K, unsafe.Pointer]()
	case reflect.String:
		return mapFor[K, string]()
	case reflect.Slice:
		return mapFor[K, []byte]()
	case reflect.Interface:
		return mapFor[K, any]()
	case reflect.Struct:
		if elem.Size() == 0 {
			return mapFor[K, struct{}]()
		}
	}
	return nil
}
