package templates

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// fieldsOf looks names up, each in what the one before is. The last may be a method with arguments.
func (s *Set) fieldsOf(names []string, it templated, args []reflect.Value, missingKey func() int64) (templated, error) {
	for len(names) > 1 {
		var err error
		if it, err = s.fieldOf(names[0], it, nil, missingKey); err != nil {
			return it, err
		}
		names = names[1:]
	}
	return s.fieldOf(names[0], it, args, missingKey)
}

// fieldOf is a field, the result of a method or what a map holds under the name, as text/template
// finds it.
func (s *Set) fieldOf(name string, from templated, args []reflect.Value, missingKey func() int64) (templated, error) {
	if !from.v.IsValid() {
		if missingKey() == missingIsError {
			return from, failure("nil data; no entry for key %q", name)
		}
		return from, nil
	}
	it, isNil := s.indirect(from)
	if isNil && it.v.Kind() == reflect.Interface {
		return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
	}
	if method, ok := s.methodOf(name, it); ok {
		out, err := s.callTemplated(name, method, args)
		if _, own := err.(*templateError); !own {
			err = calling(name, err)
		}
		return out, err
	}
	switch it.v.Kind() {
	case reflect.Struct:
		if field, ok, err := s.structField(name, it, from); ok || err != nil {
			if err == nil && len(args) > 0 {
				err = failure("%s has arguments but cannot be invoked as function", name)
			}
			return field, err
		}
	case reflect.Map:
		if key, ok := s.mapKey(name, it); ok {
			if len(args) > 0 {
				return it, failure("%s is not a method but has arguments", name)
			}
			return s.entry(it, key, name, missingKey())
		}
	case reflect.Pointer: // nil
		elem := templated{v: reflect.Zero(it.v.Type().Elem())}
		if t := it.parts(); t != nil {
			elem = s.typed(t, reflect.Zero(s.Laid(t)))
		}
		if elem.v.Kind() != reflect.Struct {
			return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
		}
		if _, ok, err := s.structField(name, elem, from); ok || err != nil {
			return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
		}
	}
	return it, failure("can't evaluate field %s in type %s", name, from.typeName())
}

func failure(format string, args ...any) *templateError {
	return &templateError{text: fmt.Sprintf(format, args...)}
}

// methodOf finds a method, with its receiver bound.
func (s *Set) methodOf(name string, it templated) (templated, bool) {
	if k := it.v.Kind(); k != reflect.Pointer && k != reflect.Interface && it.v.CanAddr() {
		it = s.address(it)
	}
	if it.t == nil {
		m := it.v.MethodByName(name)
		return templated{v: m}, m.IsValid()
	}
	if !token.IsExported(name) {
		return it, false
	}
	code := it.t.Method(nil, name)
	if code == nil {
		return it, false
	}
	s.Checker.Lock()
	obj := s.Sets.MethodSet(it.t.Go).Lookup(nil, name).Obj()
	s.Checker.Unlock()
	sig := obj.Type().(*types.Signature)
	sig = types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	t := s.TypeOf(sig)
	recv, cl := it.v.Interface(), &machine.Closure{Code: code, Type: t.Laid}
	fn := reflect.MakeFunc(t.Laid, func(in []reflect.Value) []reflect.Value { return cl.CalledOn(recv, in) })
	if !t.Scripted {
		t = nil
	}
	return templated{t: t, v: fn}, true
}

func Is(p *types.Package) bool {
	return p.Path() == "text/template" || p.Path() == "html/template"
}

// structField finds a field, its own or that of an embedded struct.
func (s *Set) structField(name string, it, from templated) (found templated, ok bool, err error) {
	if it.t == nil {
		f, ok := it.v.Type().FieldByName(name)
		if !ok {
			return it, false, nil
		}
		if !f.IsExported() {
			return it, false, failure("%s is an unexported field of struct type %s", name, from.typeName())
		}
		v, err := it.v.FieldByIndexErr(f.Index)
		if err != nil {
			return it, false, failure("%v", err)
		}
		return s.templated(v), true, nil
	}
	s.Checker.Lock()
	embedded := ""
	obj, path, _ := types.LookupFieldOrMethod(it.t.Go, true, s.Main, name)
	s.Checker.Unlock()
	if _, ok := obj.(*types.Var); !ok {
		return it, false, nil
	}
	if !obj.Exported() {
		return it, false, failure("%s is an unexported field of struct type %s", name, from.typeName())
	}
	hasAddr := it.v.CanAddr()
	for i, n := range path {
		if i > 0 && it.v.Kind() == reflect.Pointer {
			if it.v.IsNil() {
				return it, false, failure("reflect: indirection through nil pointer to embedded struct field %s", embedded)
			}
			it, hasAddr = s.to(it), true
		}
		if it.t == nil { // embedded, and native
			v, err := it.v.FieldByIndexErr([]int{n})
			if err != nil {
				return it, false, failure("%v", err)
			}
			it = s.templated(v)
			continue
		}
		f := it.t.Go.Underlying().(*types.Struct).Field(n)
		embedded = f.Name()
		it = s.typed(f.Type(), value.At(s.Laid(f.Type()), unsafe.Add(boxed.Addr(it.v), it.t.Laid.Field(n).Offset)))
	}
	if !hasAddr && it.v.CanAddr() && it.v.Kind() != reflect.Interface {
		it.v = reflect.ValueOf(it.v.Interface())
	}
	return it, true, nil
}

// mapKey is the name as a key of the map, if its keys can be strings.
func (s *Set) mapKey(name string, it templated) (reflect.Value, bool) {
	return s.assigned(templated{v: reflect.ValueOf(name)}, s.keyType(it), it.v.Type().Key())
}

// keyType is the type of a map's keys; nil if it is native.
func (s *Set) keyType(it templated) *boxed.Type {
	if it.t == nil {
		return nil
	}
	return s.scriptType(it.t.Go.Underlying().(*types.Map).Key())
}

func (s *Set) scriptType(t types.Type) *boxed.Type {
	if d := s.TypeOf(t); d.Scripted {
		return d
	}
	return nil
}

const (
	missingIsZero  = 1 // what text/template calls them
	missingIsError = 2
)

// entry is what a map holds under the key.
func (s *Set) entry(it templated, key reflect.Value, name string, missing int64) (templated, error) {
	found := mapIndex(it.v, key)
	switch {
	case found.IsValid():
		return s.typed(it.parts(), found), nil
	case missing == missingIsZero:
		return s.typed(it.parts(), reflect.Zero(it.v.Type().Elem())), nil
	case missing == missingIsError:
		return it, failure("map has no entry for key %q", name)
	}
	return templated{}, nil
}

// mapIndex looks into a map that others may write.
func mapIndex(m, key reflect.Value) reflect.Value {
	if m.IsNil() {
		return reflect.Value{}
	}
	lock := value.LockOf(m.UnsafePointer())
	lock.RLock()
	defer lock.RUnlock()
	return m.MapIndex(key)
}
