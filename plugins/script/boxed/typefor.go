package boxed

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/std"
)

// TypeFor is the type that go/types knows a native one as; nil if it knows none.
func (ts *Types) TypeFor(rt reflect.Type) types.Type {
	t := ts.typeLike(rt)
	if t == nil || ts.TypeOf(t).Laid != rt {
		return nil
	}
	return t
}

func (ts *Types) typeLike(rt reflect.Type) types.Type {
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
	elem := ts.typeLike(rt.Elem())
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
	key := ts.typeLike(rt.Key())
	if key == nil {
		return nil
	}
	return types.NewMap(key, elem)
}
