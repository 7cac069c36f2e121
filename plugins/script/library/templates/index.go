package templates

import (
	"fmt"
	"go/types"
	"reflect"
)

// index is the function index of templates.
func (s *Set) index(_ string, in reflect.Value, indexes ...reflect.Value) (reflect.Value, error) {
	it := s.templated(in)
	if !it.v.IsValid() || it.v.Kind() == reflect.Interface && it.v.IsNil() {
		return it.v, calling("index", fmt.Errorf("index of untyped nil"))
	}
	for _, index := range indexes {
		var isNil bool
		if it, isNil = s.indirect(it); isNil {
			return it.v, calling("index", fmt.Errorf("index of nil pointer"))
		}
		switch it.v.Kind() {
		case reflect.Array, reflect.Slice, reflect.String:
			n, err := s.place(index, it.v.Len())
			if err != nil {
				return it.v, calling("index", err)
			}
			it = s.typed(it.parts(), it.v.Index(n))
		case reflect.Map:
			key, err := s.preparedArg(index, s.keyType(it), it.v.Type().Key())
			if err != nil {
				return it.v, calling("index", err)
			}
			found := mapIndex(it.v, key)
			if !found.IsValid() {
				found = reflect.Zero(it.v.Type().Elem())
			}
			it = s.typed(it.parts(), found)
		default:
			return it.v, calling("index", fmt.Errorf("can't index item of type %s", it.typeName()))
		}
	}
	return it.flow(), nil
}

// place is an index into what is no map.
func (s *Set) place(index reflect.Value, last int) (int, error) {
	it := s.templated(index)
	if it.v.IsValid() && it.v.Kind() == reflect.Interface {
		it.v = it.v.Elem()
	}
	n := uint64(0)
	switch {
	case !it.v.IsValid():
		return 0, fmt.Errorf("cannot index slice/array with nil")
	case it.v.CanInt():
		n = uint64(it.v.Int())
	case it.v.CanUint():
		n = it.v.Uint()
	default:
		return 0, fmt.Errorf("cannot index slice/array with type %s", it.typeName())
	}
	if n > uint64(last) {
		return 0, fmt.Errorf("index out of range: %d", int64(n))
	}
	return int(n), nil
}

// slice is the function slice of templates.
func (s *Set) slice(_ string, in reflect.Value, indexes ...reflect.Value) (reflect.Value, error) {
	it := s.templated(in)
	if !it.v.IsValid() || it.v.Kind() == reflect.Interface && it.v.IsNil() {
		return it.v, calling("slice", fmt.Errorf("slice of untyped nil"))
	}
	it, isNil := s.indirect(it)
	if isNil {
		return it.v, calling("slice", fmt.Errorf("slice of nil pointer"))
	}
	end := 0
	switch it.v.Kind() {
	case reflect.String:
		end = it.v.Len()
		if len(indexes) == 3 {
			return it.v, calling("slice", fmt.Errorf("cannot 3-index slice a string"))
		}
	case reflect.Array, reflect.Slice:
		end = it.v.Cap()
	default:
		return it.v, calling("slice", fmt.Errorf("can't slice item of type %s", it.typeName()))
	}
	at, err := s.bounds(indexes, it.v.Len(), end)
	if err != nil {
		return it.v, calling("slice", err)
	}
	if it.v.Kind() == reflect.String {
		return templated{t: it.t, v: it.v.Slice(at[0], at[1])}.flow(), nil
	}
	part := it.v
	if len(indexes) == 3 {
		part = part.Slice3(at[0], at[1], at[2])
	} else {
		part = part.Slice(at[0], at[1])
	}
	t := it.t
	if it.v.Kind() == reflect.Array && t != nil {
		t = s.TypeOf(types.NewSlice(it.parts()))
	}
	return templated{t: t, v: part}.flow(), nil
}

// bounds are those of a part of what has a length, and ends there.
func (s *Set) bounds(indexes []reflect.Value, length, end int) (at []int, err error) {
	at = []int{0, length, end}
	if len(indexes) > 3 {
		return at, fmt.Errorf("too many slice indexes: %d", len(indexes))
	}
	for i, index := range indexes {
		if at[i], err = s.place(index, end); err != nil {
			return at, err
		}
	}
	for i := range max(len(indexes)-1, 1) {
		if at[i] > at[i+1] {
			return at, fmt.Errorf("invalid slice index: %d > %d", at[i], at[i+1])
		}
	}
	return at, nil
}

// length is the function len of templates.
func (s *Set) length(_ string, in reflect.Value) (int, error) {
	it, isNil := s.indirect(s.templated(in))
	if isNil {
		return 0, calling("len", fmt.Errorf("len of nil pointer"))
	}
	switch it.v.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return it.v.Len(), nil
	}
	return 0, calling("len", fmt.Errorf("len of type %s", it.typeName()))
}
