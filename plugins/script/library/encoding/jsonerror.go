package encoding

import (
	"encoding/json"
	"errors"
	"go/types"
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// worded is err with the names of the script's types.
func (d *Decoding) worded(err error) error {
	var e *json.UnmarshalTypeError
	if !errors.As(err, &e) || d.into == nil {
		return err
	}
	e.Field = strings.ReplaceAll(e.Field, "Embedded_", "")
	at, lies, inside, promoted := d.into.Underlying(), d.lies, types.Type(nil), false
	if e.Field != "" {
		for name := range strings.SplitSeq(e.Field, ".") {
			if s := structIn(at); s != nil {
				if i := jsonField(s.Underlying().(*types.Struct), name); i >= 0 {
					f := s.Underlying().(*types.Struct).Field(i)
					if !promoted {
						inside = s
					}
					at, lies, promoted = f.Type(), fieldIn(lies, i), f.Embedded()
				}
			}
		}
	}
	if named, ok := types.Unalias(inside).(*types.Named); ok && e.Struct == "" {
		e.Struct = named.Obj().Name()
	}
	if t := d.about(e, at, lies); t != nil && value.TypeText(t) != e.Type.String() {
		e.Type = d.co.TypeOf(t).Carrier()
	}
	return err
}

// about is the type that an error is about, which is t or part of it; nil: it is another. lies is how t lies
// in memory there: within itself a type is laid out otherwise.
func (d *Decoding) about(e *json.UnmarshalTypeError, t types.Type, lies reflect.Type) types.Type {
	if e.Type == reflect.TypeFor[*textBox]() {
		return d.into
	}
	for t != nil {
		if m, ok := t.Underlying().(*types.Map); ok && e.Type == d.co.Laid(m.Key()) && strings.HasPrefix(e.Value, "number ") {
			return m.Key()
		}
		target, _ := d.co.target(t, nil)
		switch {
		case e.Type == d.co.Laid(t) || e.Type == lies || e.Type == target:
			return t
		case target != nil && e.Type == reflect.PointerTo(target):
			return types.NewPointer(t)
		}
		t = boxed.ElementOf(t)
		switch lies.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			lies = lies.Elem()
		}
	}
	return nil
}

// fieldIn is the type of a field of the struct that rt is, or that its elements are; rt if it is none.
func fieldIn(rt reflect.Type, i int) reflect.Type {
	in := rt
	for in.Kind() != reflect.Struct {
		switch in.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			in = in.Elem()
		default:
			return rt
		}
	}
	if i >= in.NumField() {
		return rt
	}
	return in.Field(i).Type
}

// structIn is the struct that t is, or that its elements are.
func structIn(t types.Type) types.Type {
	for ; t != nil; t = boxed.ElementOf(t) {
		if _, ok := t.Underlying().(*types.Struct); ok {
			return t
		}
	}
	return nil
}

// jsonField is the place of the field of s that encoding/json knows by a name; -1: there is none.
func jsonField(s *types.Struct, name string) int {
	for i := range s.NumFields() {
		tag, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
		if f := s.Field(i); tag == name || tag == "" && f.Name() == name {
			return i
		}
	}
	return -1
}

// fieldError is the error of a method, and the field that it was called for.
type fieldError struct {
	err    error
	within string // the name of the innermost struct
	path   string
}

func (e *fieldError) Error() string { return e.err.Error() }

func inField(err error, t types.Type, u *types.Struct, i int) error {
	if err == nil {
		return nil
	}
	name, _, _ := strings.Cut(reflect.StructTag(u.Tag(i)).Get("json"), ",")
	if name == "" {
		name = u.Field(i).Name()
	}
	if e, ok := err.(*fieldError); ok {
		e.path = name + "." + e.path
		return e
	}
	within := ""
	if named, ok := types.Unalias(t).(*types.Named); ok {
		within = named.Obj().Name()
	}
	return &fieldError{err, within, name}
}

// withPlace is the method's error, told where it happened as encoding/json does.
func withPlace(err error) error {
	e, ok := err.(*fieldError)
	if !ok {
		return err
	}
	if typed, ok := e.err.(*json.UnmarshalTypeError); ok {
		if typed.Struct = e.within; typed.Field != "" {
			e.path += "." + typed.Field
		}
		typed.Field = e.path
	}
	return e.err
}
