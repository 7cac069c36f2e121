package encoding

import (
	"bytes"
	"go/types"
	"reflect"
	"unsafe"

	"wshd/plugins/script/value"
)

// encoding/json finds no methods on a script's types. Where a type has them inside, it is given a
// target to fill in its place: the same, but with slots that keep what those methods are to be called
// with. Afterwards the value is filled from it.

// jsonSlot stands for a value that has UnmarshalJSON. A key may be there more than once.
type jsonSlot struct{ data [][]byte }

// UnmarshalJSON keeps the data.
func (s *jsonSlot) UnmarshalJSON(data []byte) error {
	s.data = append(s.data, bytes.Clone(data))
	return nil
}

// laterSlot stands for a value of a type within itself, which is decoded by itself afterwards.
type laterSlot struct{ data [][]byte }

// UnmarshalJSON keeps the data.
func (s *laterSlot) UnmarshalJSON(data []byte) error {
	s.data = append(s.data, bytes.Clone(data))
	return nil
}

// textSlot stands for a value that has UnmarshalText.
type textSlot struct{ texts []string }

// UnmarshalText keeps the text.
func (s *textSlot) UnmarshalText(text []byte) error {
	s.texts = append(s.texts, string(text))
	return nil
}

// keySlot stands for a map's key that has UnmarshalText.
type keySlot struct{ text string }

// UnmarshalText keeps the text.
func (s *keySlot) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}

// slotFor is what stands for a t that decodes itself; nil if it does not.
func (co *Coder) slotFor(t types.Type) reflect.Type {
	switch {
	case co.HasAny(t, true, []string{"UnmarshalJSON"}):
		return reflect.TypeFor[jsonSlot]()
	case co.HasAny(t, true, []string{"UnmarshalText"}):
		return reflect.TypeFor[textSlot]()
	}
	return nil
}

// target is the type that stands for t; nil if t itself will do. ok is false if t holds an interface that
// nothing can be decoded into.
func (co *Coder) target(t types.Type, within []types.Type) (rt reflect.Type, ok bool) {
	if !co.TypeOf(t).Scripted {
		return nil, true
	}
	if slot := co.slotFor(t); slot != nil {
		return slot, true
	}
	for _, outer := range within {
		if types.Identical(outer, t) {
			if co.unfillable(t, DecoderOf("encoding/json"), map[types.Type]bool{}) == "" {
				return nil, true
			}
			return reflect.TypeFor[laterSlot](), true
		}
	}
	within = append(within, t)
	part := func(t types.Type, make func(reflect.Type) reflect.Type) (reflect.Type, bool) {
		if rt, ok = co.target(t, within); ok && rt != nil {
			rt = make(rt)
		}
		return rt, ok
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return part(u.Elem(), reflect.PointerTo)
	case *types.Slice:
		return part(u.Elem(), reflect.SliceOf)
	case *types.Array:
		return part(u.Elem(), func(rt reflect.Type) reflect.Type { return reflect.ArrayOf(int(u.Len()), rt) })
	case *types.Map:
		return co.targetMap(u, within)
	case *types.Struct:
		return co.targetStruct(u, co.Laid(t), within)
	case *types.Interface:
		return nil, u.NumMethods() == 0
	}
	return nil, true
}

func (co *Coder) targetMap(u *types.Map, within []types.Type) (reflect.Type, bool) {
	kt := co.Laid(u.Key())
	et, ok := co.target(u.Elem(), within)
	hasText := co.HasAny(u.Key(), true, []string{"UnmarshalText"})
	if !ok || et == nil && !hasText {
		return nil, ok
	}
	if hasText {
		kt = reflect.TypeFor[keySlot]()
	}
	if et == nil {
		et = co.Laid(u.Elem())
	}
	return reflect.MapOf(kt, et), true
}

func (co *Coder) targetStruct(u *types.Struct, bare reflect.Type, within []types.Type) (reflect.Type, bool) {
	need := false
	fields := make([]reflect.StructField, u.NumFields())
	for i := range fields {
		fields[i] = bare.Field(i)
		fields[i].Index, fields[i].Offset = nil, 0
		if f := u.Field(i); !f.Exported() && !f.Embedded() {
			continue
		}
		rt, ok := co.target(u.Field(i).Type(), within)
		if !ok {
			return nil, false
		}
		if rt != nil {
			fields[i].Type, need = rt, true
		}
	}
	if !need {
		return nil, true
	}
	return reflect.StructOf(fields), true
}

// prepare makes the target to hold what lies at p.
func (co *Coder) prepare(t types.Type, p unsafe.Pointer, target reflect.Value) {
	v := value.At(co.Laid(t), p)
	switch {
	case target.Type() == v.Type():
		target.Set(v)
		return
	case co.slotFor(t) != nil || target.Type() == reflect.TypeFor[laterSlot]():
		return
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if !v.IsNil() {
			target.Set(reflect.New(target.Type().Elem()))
			co.prepare(u.Elem(), v.UnsafePointer(), target.Elem())
		}
	case *types.Slice:
		if !v.IsNil() {
			target.Set(reflect.MakeSlice(target.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			co.prepare(u.Elem(), v.Index(i).Addr().UnsafePointer(), target.Index(i))
		}
	case *types.Array:
		for i := range v.Len() {
			co.prepare(u.Elem(), v.Index(i).Addr().UnsafePointer(), target.Index(i))
		}
	case *types.Map:
		if !v.IsNil() {
			target.Set(reflect.MakeMap(target.Type()))
		}
	case *types.Struct:
		for i := range u.NumFields() {
			co.prepare(u.Field(i).Type(), v.Field(i).Addr().UnsafePointer(), fieldOf(target, i))
		}
	}
}

// fieldOf is a field, exported or not, to be set.
func fieldOf(v reflect.Value, i int) reflect.Value {
	return value.At(v.Field(i).Type(), v.Field(i).Addr().UnsafePointer())
}
