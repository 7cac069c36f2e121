package lower

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/std"
)

// typeFor is the type that go/types knows a native one as; nil if it knows none.
func (vm *Program) typeFor(rt reflect.Type) types.Type {
	t := vm.typeLike(rt)
	if t == nil || vm.typeOf(t).rt != rt {
		return nil
	}
	return t
}

func (vm *Program) typeLike(rt reflect.Type) types.Type {
	if rt.Name() != "" {
		scope := types.Universe
		if pkg := std.Packages()[rt.PkgPath()]; pkg != nil {
			scope = pkg.Scope()
		} else if rt.PkgPath() != "" {
			return nil
		}
		if obj, ok := scope.Lookup(rt.Name()).(*types.TypeName); ok {
			return obj.Type()
		}
		return nil
	}
	if rt.Kind() == reflect.Interface && rt.NumMethod() == 0 {
		return types.Universe.Lookup("any").Type()
	}
	switch rt.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
	default:
		return nil
	}
	elem := vm.typeLike(rt.Elem())
	if elem == nil {
		return nil
	}
	switch rt.Kind() {
	case reflect.Slice:
		return types.NewSlice(elem)
	case reflect.Array:
		return types.NewArray(elem, int64(rt.Len()))
	case reflect.Pointer:
		return types.NewPointer(elem)
	}
	key := vm.typeLike(rt.Key())
	if key == nil {
		return nil
	}
	return types.NewMap(key, elem)
}
