package lower

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"go/types"
	"reflect"
	"strings"

	"wshd/plugins/script/value"
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
		return marshalerError(vm.typeOf(b.typ).carrier(), inner, b.method)
	case *json.UnsupportedTypeError:
		if of := vm.within(t, e.Type, map[types.Type]bool{}); of != nil {
			e.Type = vm.typeOf(of).carrier()
		}
	case *xml.UnsupportedTypeError:
		return vm.inXML.worded(err, t)
	case *json.UnsupportedValueError:
		rest, ok := strings.CutPrefix(e.Str, "encountered a cycle via ")
		if named := vm.within(t, e.Value.Type(), map[types.Type]bool{}); ok && named != nil && value.TypeText(named) != rest {
			e.Str = "encountered a cycle via " + value.TypeText(named)
		}
	default:
		text := err.Error()
		if at := strings.Index(text, "map["+reflect.TypeFor[mirrorKey]().String()+"]"); at >= 0 {
			if keyed := vm.keyed(t, map[types.Type]bool{}); keyed != nil {
				rest := text[at:]
				return errors.New(text[:at] + value.TypeText(keyed) + rest[strings.IndexByte(rest, '"'):])
			}
		}
	}
	return err
}

// marshalerError is an error of encoding/json that tells which method failed: that it keeps to itself.
func marshalerError(rt reflect.Type, inner error, method string) error {
	e := &json.MarshalerError{Type: rt, Err: inner}
	if f := reflect.ValueOf(e).Elem().FieldByName("sourceFunc"); f.IsValid() && f.Kind() == reflect.String {
		*(*string)(f.Addr().UnsafePointer()) = method
	}
	return e
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

// MarshalJSON encodes the value in the box as a compiled program would.
func (b box) MarshalJSON() ([]byte, error) {
	defer encoding.Add(-1)
	if err := b.encodes(); err != nil {
		return nil, err
	}
	if out, ok := b.callMethod("MarshalJSON"); ok {
		text, err := bytesAndError(out)
		if err == nil {
			err = json.Compact(new(bytes.Buffer), text)
		}
		return text, err
	}
	if out, ok := b.callMethod("MarshalText"); ok {
		text, err := bytesAndError(out)
		if err != nil {
			return nil, b.encodeError(err, "MarshalText")
		}
		return json.Marshal(string(text))
	}
	text, err := json.Marshal(b.t.vm.inJSON.bare(b))
	return text, b.encodeError(err, "")
}

func bytesAndError(out []reflect.Value) ([]byte, error) {
	if len(out) != 2 {
		return nil, nil
	}
	text, _ := out[0].Interface().([]byte)
	err, _ := out[1].Interface().(error)
	return text, err
}
