package lower

import (
	"encoding/json"
	"errors"
	"go/types"
	"reflect"
	"strings"
)

// worded is err with the names of the script's types.
func (d *jsonDecoding) worded(err error) error {
	var e *json.UnmarshalTypeError
	if !errors.As(err, &e) || d.into == nil {
		return err
	}
	e.Field = strings.ReplaceAll(e.Field, "Embedded_", "")
	at, inside, promoted := d.into.Underlying(), types.Type(nil), false
	if e.Field != "" {
		for name := range strings.SplitSeq(e.Field, ".") {
			if s := structIn(at); s != nil {
				if f := jsonField(s.Underlying().(*types.Struct), name); f != nil {
					if !promoted {
						inside = s
					}
					at, promoted = f.Type(), f.Embedded()
				}
			}
		}
	}
	if named, ok := types.Unalias(inside).(*types.Named); ok && e.Struct == "" {
		e.Struct = named.Obj().Name()
	}
	for t := at; t != nil; t = elementOf(t) {
		if m, ok := t.Underlying().(*types.Map); ok && e.Type == d.vm.rtype(m.Key()) && strings.HasPrefix(e.Value, "number ") {
			t = m.Key()
		}
		target, _ := d.vm.target(t, nil)
		if (e.Type == d.vm.rtype(t) || e.Type == target) && typeText(t) != e.Type.String() {
			e.Type = d.vm.typeOf(t).carrier()
			return err
		}
	}
	return err
}

// structIn is the struct that t is, or that its elements are.
func structIn(t types.Type) types.Type {
	for ; t != nil; t = elementOf(t) {
		if _, ok := t.Underlying().(*types.Struct); ok {
			return t
		}
	}
	return nil
}

func elementOf(t types.Type) types.Type {
	if c, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return c.Elem()
	}
	return nil
}

// jsonField is the field of s that encoding/json knows by a name.
func jsonField(s *types.Struct, name string) *types.Var {
	for i := range s.NumFields() {
		tag, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
		if f := s.Field(i); tag == name || tag == "" && f.Name() == name {
			return f
		}
	}
	return nil
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
