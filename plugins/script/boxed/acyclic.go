package boxed

import (
	"reflect"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/value"
)

// CheckAcyclic panics if v holds itself; by way of pointers if these are followed, else the first is only.
func CheckAcyclic(v reflect.Value, follow bool, in *value.Path) {
	switch v.Kind() {
	case reflect.Interface:
		if bare := carry.Inside(v); bare.IsValid() {
			CheckAcyclic(bare, follow, in)
		}
		return
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() || v.Kind() == reflect.Slice && v.Len() == 0 {
			return
		}
		if v.Kind() == reflect.Pointer && !follow && len(in.List) > 0 {
			return
		}
		if again, _ := in.Enter(v); again || len(in.List) > value.MostWithin {
			panic(value.ErrWithin)
		}
		defer in.Leave()
	}
	switch v.Kind() {
	case reflect.Pointer:
		CheckAcyclic(v.Elem(), follow, in)
	case reflect.Map:
		for it := value.Snapshot(v).MapRange(); it.Next(); {
			CheckAcyclic(it.Value(), follow, in)
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && !value.Flat(v.Type().Elem()); i++ {
			CheckAcyclic(v.Index(i), follow, in)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				CheckAcyclic(v.Field(i), follow, in)
			}
		}
	}
}
