package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"unsafe"

	"golang.org/x/tools/go/types/typeutil"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// templateFields looks names up, each in what the one before is. The last may be a method with arguments.
func (vm *Program) templateFields(names []string, it templated, args []reflect.Value, missingKey func() int64) (templated, error) {
	for len(names) > 1 {
		var err error
		if it, err = vm.templateField(names[0], it, nil, missingKey); err != nil {
			return it, err
		}
		names = names[1:]
	}
	return vm.templateField(names[0], it, args, missingKey)
}

// templateField is a field, the result of a method or what a map holds under the name, as text/template
// finds it.
func (vm *Program) templateField(name string, from templated, args []reflect.Value, missingKey func() int64) (templated, error) {
	if !from.v.IsValid() {
		if missingKey() == missingIsError {
			return from, failure("nil data; no entry for key %q", name)
		}
		return from, nil
	}
	it, isNil := vm.indirect(from)
	if isNil && it.v.Kind() == reflect.Interface {
		return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
	}
	if method, ok := vm.templateMethod(name, it); ok {
		out, err := vm.callTemplated(name, method, args)
		if _, own := err.(*templateError); !own {
			err = calling(name, err)
		}
		return out, err
	}
	switch it.v.Kind() {
	case reflect.Struct:
		if field, ok, err := vm.structField(name, it, from); ok || err != nil {
			if err == nil && len(args) > 0 {
				err = failure("%s has arguments but cannot be invoked as function", name)
			}
			return field, err
		}
	case reflect.Map:
		if key, ok := vm.mapKey(name, it); ok {
			if len(args) > 0 {
				return it, failure("%s is not a method but has arguments", name)
			}
			return vm.entry(it, key, name, missingKey())
		}
	case reflect.Pointer: // nil
		elem := templated{v: reflect.Zero(it.v.Type().Elem())}
		if t := it.parts(); t != nil {
			elem = vm.typed(t, reflect.Zero(vm.rtype(t)))
		}
		if elem.v.Kind() != reflect.Struct {
			return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
		}
		if _, ok, err := vm.structField(name, elem, from); ok || err != nil {
			return it, failure("nil pointer evaluating %s.%s", from.typeName(), name)
		}
	}
	return it, failure("can't evaluate field %s in type %s", name, from.typeName())
}

func failure(format string, args ...any) *templateError {
	return &templateError{text: fmt.Sprintf(format, args...)}
}

// templateMethod finds a method, with its receiver bound.
func (vm *Program) templateMethod(name string, it templated) (templated, bool) {
	if k := it.v.Kind(); k != reflect.Pointer && k != reflect.Interface && it.v.CanAddr() {
		it = vm.address(it)
	}
	if it.t == nil {
		m := it.v.MethodByName(name)
		return templated{v: m}, m.IsValid()
	}
	if !token.IsExported(name) {
		return it, false
	}
	code := it.t.method(nil, name)
	if code == nil {
		return it, false
	}
	vm.codesMu.Lock()
	obj := vm.prog.MethodSets.MethodSet(it.t.typ).Lookup(nil, name).Obj()
	vm.codesMu.Unlock()
	sig := obj.Type().(*types.Signature)
	sig = types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	t := vm.typeOf(sig)
	recv, cl := it.v.Interface(), &machine.Closure{Code: code, Type: t.rt}
	fn := reflect.MakeFunc(t.rt, func(in []reflect.Value) []reflect.Value { return cl.CalledOn(recv, in) })
	if !t.scripted {
		t = nil
	}
	return templated{t: t, v: fn}, true
}

func isTemplates(p *types.Package) bool {
	return p.Path() == "text/template" || p.Path() == "html/template"
}

func (vm *Program) hasTemplates() bool {
	return slices.ContainsFunc(vm.sources, func(s Source) bool { return slices.ContainsFunc(s.Pkg.Imports(), isTemplates) })
}

// reachResults goes through the types of what a template may get of a value: it calls methods and functions.
func (vm *Program) reachResults(t types.Type, reach func(types.Type)) {
	var got []*types.Tuple
	for _, sel := range typeutil.IntuitiveMethodSet(t, &vm.prog.MethodSets) {
		if sel.Obj().Exported() {
			got = append(got, sel.Obj().Type().(*types.Signature).Results())
		}
	}
	if fn, ok := t.Underlying().(*types.Signature); ok {
		got = append(got, fn.Results(), fn.Params()) // those of an iterator are yielded
	}
	for _, list := range got {
		for v := range list.Variables() {
			if vm.scripted(v.Type()) {
				reach(v.Type())
			}
		}
	}
}

// structField finds a field, its own or that of an embedded struct.
func (vm *Program) structField(name string, it, from templated) (found templated, ok bool, err error) {
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
		return vm.templated(v), true, nil
	}
	vm.codesMu.Lock()
	embedded := ""
	obj, path, _ := types.LookupFieldOrMethod(it.t.typ, true, vm.main.Pkg, name)
	vm.codesMu.Unlock()
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
			it, hasAddr = vm.to(it), true
		}
		if it.t == nil { // embedded, and native
			v, err := it.v.FieldByIndexErr([]int{n})
			if err != nil {
				return it, false, failure("%v", err)
			}
			it = vm.templated(v)
			continue
		}
		f := it.t.typ.Underlying().(*types.Struct).Field(n)
		embedded = f.Name()
		it = vm.typed(f.Type(), value.At(vm.rtype(f.Type()), unsafe.Add(addr(it.v), it.t.rt.Field(n).Offset)))
	}
	if !hasAddr && it.v.CanAddr() && it.v.Kind() != reflect.Interface {
		it.v = reflect.ValueOf(it.v.Interface())
	}
	return it, true, nil
}

// mapKey is the name as a key of the map, if its keys can be strings.
func (vm *Program) mapKey(name string, it templated) (reflect.Value, bool) {
	return vm.assigned(templated{v: reflect.ValueOf(name)}, vm.keyType(it), it.v.Type().Key())
}

// keyType is the type of a map's keys; nil if it is native.
func (vm *Program) keyType(it templated) *Type {
	if it.t == nil {
		return nil
	}
	return vm.scriptType(it.t.typ.Underlying().(*types.Map).Key())
}

func (vm *Program) scriptType(t types.Type) *Type {
	if d := vm.typeOf(t); d.scripted {
		return d
	}
	return nil
}

const (
	missingIsZero  = 1 // what text/template calls them
	missingIsError = 2
)

// entry is what a map holds under the key.
func (vm *Program) entry(it templated, key reflect.Value, name string, missing int64) (templated, error) {
	found := mapIndex(it.v, key)
	switch {
	case found.IsValid():
		return vm.typed(it.parts(), found), nil
	case missing == missingIsZero:
		return vm.typed(it.parts(), reflect.Zero(it.v.Type().Elem())), nil
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
