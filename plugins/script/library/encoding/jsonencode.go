package encoding

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"go/types"
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// boxError is why encoding/json could not encode a box: to be told of the script's type.
type boxError struct {
	err    error
	typ    types.Type
	method string // of the script's type; "": none
}

func (e *boxError) Error() string { return e.err.Error() }

func encodeError(b boxed.Value, err error, method string) error {
	if err == nil {
		return nil
	}
	return &boxError{err, b.Type.Go, method}
}

// Worded is an error of encoding/json with the names of the script's types, t being what was to
// be encoded.
func (co *Coder) Worded(err error, t types.Type) error {
	switch e := err.(type) {
	case *json.MarshalerError:
		b, ok := e.Err.(*boxError)
		if !ok {
			return err
		}
		inner := co.Worded(b.err, b.typ)
		if b.method == "" {
			return inner
		}
		return marshalerError(co.TypeOf(b.typ).Carrier(), inner, b.method)
	case *json.UnsupportedTypeError:
		if of := co.within(t, e.Type, map[types.Type]bool{}); of != nil {
			e.Type = co.TypeOf(of).Carrier()
		}
	case *xml.UnsupportedTypeError:
		return co.InXML.worded(err, t)
	case *json.UnsupportedValueError:
		rest, ok := strings.CutPrefix(e.Str, "encountered a cycle via ")
		if named := co.within(t, e.Value.Type(), map[types.Type]bool{}); ok && named != nil && value.TypeText(named) != rest {
			e.Str = "encountered a cycle via " + value.TypeText(named)
		}
	default:
		text := err.Error()
		if at := strings.Index(text, "map["+reflect.TypeFor[mirrorKey]().String()+"]"); at >= 0 {
			if keyed := co.keyed(t, map[types.Type]bool{}); keyed != nil {
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
func (co *Coder) keyed(t types.Type, seen map[types.Type]bool) (found types.Type) {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Map:
		if co.mirroredKey(u.Key()) == reflect.TypeFor[mirrorKey]() {
			return t
		}
	case *types.Struct:
		for i := 0; i < u.NumFields() && found == nil; i++ {
			found = co.keyed(u.Field(i).Type(), seen)
		}
		return found
	}
	return co.keyed(boxed.ElementOf(t), seen)
}

// within finds the type in t that lies in memory as rt.
func (co *Coder) within(t types.Type, rt reflect.Type, seen map[types.Type]bool) (found types.Type) {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	if co.Laid(t) == rt {
		return t
	}
	if m, ok := t.Underlying().(*types.Map); ok {
		found = co.within(m.Key(), rt, seen)
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for i := 0; i < s.NumFields() && found == nil; i++ {
			if co.Laid(t).Field(i).Type == rt { // within itself a type is laid out otherwise
				return s.Field(i).Type()
			}
			found = co.within(s.Field(i).Type(), rt, seen)
		}
	}
	if found == nil {
		found = co.within(boxed.ElementOf(t), rt, seen)
	}
	return found
}

// boxJSON encodes the value in the box as a compiled program would.
func (co *Coder) boxJSON(b boxed.Value) ([]byte, error) {
	defer underWay.Add(-1)
	if err := encodes(b); err != nil {
		return nil, err
	}
	if out, ok := b.CallMethod("MarshalJSON"); ok {
		text, err := bytesAndError(out)
		if err == nil {
			err = json.Compact(new(bytes.Buffer), text)
		}
		return text, err
	}
	if out, ok := b.CallMethod("MarshalText"); ok {
		text, err := bytesAndError(out)
		if err != nil {
			return nil, encodeError(b, err, "MarshalText")
		}
		return json.Marshal(string(text))
	}
	text, err := json.Marshal(co.InJSON.bare(b))
	return text, encodeError(b, err, "")
}

func bytesAndError(out []reflect.Value) ([]byte, error) {
	if len(out) != 2 {
		return nil, nil
	}
	text, _ := out[0].Interface().([]byte)
	err, _ := out[1].Interface().(error)
	return text, err
}
