package lower

import (
	"encoding/json"
	"go/types"
	"reflect"
	"strings"
)

// boxError is why encoding/json could not encode a box: to be told of the script's type.
type boxError struct {
	err    error
	typ    types.Type
	method string // of the script's type; "": none
}

func (e *boxError) Error() string { return e.err.Error() }

func (b box) encodeError(err error, method string) error {
	if err == nil {
		return nil
	}
	return &boxError{err, b.t.typ, method}
}

// jsonEncodeError is an error of encoding/json that names a type of the script's.
type jsonEncodeError struct {
	err  error
	text string
}

// Error names the script's type.
func (e jsonEncodeError) Error() string { return e.text }

// Unwrap is what errors.As finds.
func (e jsonEncodeError) Unwrap() error { return e.err }

// encodeWorded is an error of encoding/json with the names of the script's types, t being what was to
// be encoded.
func (vm *Program) encodeWorded(err error, t types.Type) error {
	switch e := err.(type) {
	case *json.MarshalerError:
		b, ok := e.Err.(*boxError)
		if !ok {
			return err
		}
		inner := vm.encodeWorded(b.err, b.typ)
		if b.method == "" {
			return inner
		}
		text := "json: error calling " + b.method + " for type " + typeText(b.typ) + ": " + inner.Error()
		return jsonEncodeError{&json.MarshalerError{Type: e.Type, Err: inner}, text}
	case *json.UnsupportedValueError:
		rest, ok := strings.CutPrefix(e.Str, "encountered a cycle via ")
		if named := vm.within(t, e.Value.Type(), map[types.Type]bool{}); ok && named != nil && typeText(named) != rest {
			e.Str = "encountered a cycle via " + typeText(named)
		}
	default:
		text := err.Error()
		if at := strings.Index(text, "map["+reflect.TypeFor[mirrorKey]().String()+"]"); at >= 0 {
			if keyed := vm.keyed(t, map[types.Type]bool{}); keyed != nil {
				rest := text[at:]
				return jsonEncodeError{err, text[:at] + typeText(keyed) + rest[strings.IndexByte(rest, '"'):]}
			}
		}
	}
	return err
}

// keyed finds the map in t whose keys are asked for their text.
func (vm *Program) keyed(t types.Type, seen map[types.Type]bool) (found types.Type) {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Map:
		if vm.mirroredKey(u.Key()) == reflect.TypeFor[mirrorKey]() {
			return t
		}
	case *types.Struct:
		for i := 0; i < u.NumFields() && found == nil; i++ {
			found = vm.keyed(u.Field(i).Type(), seen)
		}
		return found
	}
	return vm.keyed(elementOf(t), seen)
}

// within finds the type in t that lies in memory as rt.
func (vm *Program) within(t types.Type, rt reflect.Type, seen map[types.Type]bool) (found types.Type) {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	if vm.rtype(t) == rt {
		return t
	}
	if m, ok := t.Underlying().(*types.Map); ok {
		found = vm.within(m.Key(), rt, seen)
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for i := 0; i < s.NumFields() && found == nil; i++ {
			if vm.rtype(t).Field(i).Type == rt { // within itself a type is laid out otherwise
				return s.Field(i).Type()
			}
			found = vm.within(s.Field(i).Type(), rt, seen)
		}
	}
	if found == nil {
		found = vm.within(elementOf(t), rt, seen)
	}
	return found
}
