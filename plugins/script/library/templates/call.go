package templates

import (
	"errors"
	"fmt"
	"go/types"
	"math"
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
)

// signature is what the checker knows of a function; nil if it is native.
func (it templated) signature() *types.Signature {
	if it.t == nil {
		return nil
	}
	return it.t.Go.Underlying().(*types.Signature)
}

// goodFunc says why templates do not call the function.
func goodFunc(name string, fn templated) error {
	switch rt := fn.v.Type(); {
	case rt.NumOut() == 1 || rt.NumOut() == 2 && rt.Out(1) == reflect.TypeFor[error]():
		return nil
	case rt.NumOut() == 2:
		return failure("invalid function signature for %s: second return value should be error; is %s", name, rt.Out(1))
	default:
		return failure("function %s has %d return values; should be 1 or 2", name, rt.NumOut())
	}
}

// param is the type of a parameter as it takes single arguments; t is nil if it is native.
func (s *Set) param(fn templated, i int) (t *boxed.Type, rt reflect.Type) {
	ft := fn.v.Type()
	i = min(i, ft.NumIn()-1)
	rt = ft.In(i)
	last := ft.IsVariadic() && i == ft.NumIn()-1
	if last {
		rt = rt.Elem()
	}
	sig := fn.signature()
	if sig == nil {
		return nil, rt
	}
	pt := sig.Params().At(i).Type()
	if last {
		pt = pt.Underlying().(*types.Slice).Elem()
	}
	return s.scriptType(pt), rt
}

// callTemplated calls a function as text/template calls one, with a template's arguments.
func (s *Set) callTemplated(name string, fn templated, args []reflect.Value) (out templated, err error) {
	rt := fn.v.Type()
	if rt.IsVariadic() && len(args) < rt.NumIn()-1 {
		return out, failure("wrong number of args for %s: want at least %d got %d", name, rt.NumIn()-1, len(args))
	} else if !rt.IsVariadic() && len(args) != rt.NumIn() {
		return out, failure("wrong number of args for %s: want %d got %d", name, rt.NumIn(), len(args))
	}
	if err := goodFunc(name, fn); err != nil {
		return out, err
	}
	in := make([]reflect.Value, len(args))
	said, at := "", ""
	for i, a := range args {
		t, rt := s.param(fn, i)
		g, _ := interfaceOf(a).(given)
		if g.said != "" {
			a, said, at = g.v, g.said, g.at
		}
		v, wrong := s.argument(a, g, t, rt)
		if wrong != nil {
			wrong.said, wrong.at = said, at
			return out, wrong
		}
		in[i] = v
	}
	return s.callFound(fn, in)
}

// callFound calls a function with values that it takes. A panic becomes its error.
func (s *Set) callFound(fn templated, in []reflect.Value) (out templated, err error) {
	defer func() {
		r := recover()
		if p, ok := r.(*machine.Panic); ok && !p.Fatal {
			r = p.Value
		}
		switch r := r.(type) {
		case nil:
		case *machine.Panic:
			panic(r)
		case error:
			err = r
		default:
			err = fmt.Errorf("%v", r)
		}
	}()
	results := fn.v.Call(in)
	if len(results) == 2 && !results[1].IsNil() {
		return out, results[1].Interface().(error)
	}
	if sig := fn.signature(); sig != nil {
		return s.typed(sig.Results().At(0).Type(), results[0]), nil
	}
	return s.templated(results[0]), nil
}

// argument makes of an argument what a parameter takes, or says that it does not take it.
func (s *Set) argument(a reflect.Value, g given, want *boxed.Type, rt reflect.Type) (reflect.Value, *templateError) {
	name := rt.String()
	if want != nil {
		name = want.Name()
	}
	if !a.IsValid() {
		switch rt.Kind() {
		case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
			return reflect.Zero(rt), nil
		}
		if g.said == "nil" {
			return a, failure("cannot assign nil to %s", name)
		}
		return a, failure("invalid value; expected %s", name)
	}
	if g.constant {
		if v, ok := constantAs(a, rt); ok {
			return v, nil
		}
		if kind := kindName(rt); kind != "" {
			return a, failure("expected %s; found %s", kind, g.said)
		}
		return a, failure("can't handle %s for arg of type %s", g.said, name)
	}
	it := s.templated(a)
	v, ok := s.assigned(it, want, rt)
	if ok {
		return v, nil
	}
	if it.v.Kind() == reflect.Pointer {
		if it.v.IsNil() {
			if _, ok := s.assigned(templated{t: it.elemType(s), v: reflect.Zero(it.v.Type().Elem())}, want, rt); ok {
				return a, failure("dereference of nil pointer of type %s", name)
			}
		} else if v, ok = s.assigned(s.to(it), want, rt); ok {
			return v, nil
		}
	}
	if it.v.CanAddr() {
		if v, ok = s.assigned(s.address(it), want, rt); ok {
			return v, nil
		}
	}
	return a, failure("wrong type for value; expected %s; got %s", name, it.typeName())
}

func (it templated) elemType(s *Set) *boxed.Type {
	if t := it.parts(); t != nil {
		return s.scriptType(t)
	}
	return nil
}

func kindName(rt reflect.Type) string {
	switch zero := reflect.Zero(rt); {
	case zero.CanInt():
		return "integer"
	case zero.CanUint():
		return "unsigned integer"
	case zero.CanFloat():
		return "float"
	case zero.CanComplex():
		return "complex"
	case rt.Kind() == reflect.String || rt.Kind() == reflect.Bool:
		return rt.Kind().String()
	}
	return ""
}

// constantAs is a constant of a template as a value of a type.
func constantAs(c reflect.Value, rt reflect.Type) (reflect.Value, bool) {
	out := reflect.New(rt).Elem()
	switch {
	case rt.Kind() == reflect.Interface:
		if rt.NumMethod() == 0 {
			out.Set(c)
		}
		return out, rt.NumMethod() == 0
	case c.Kind() == reflect.String || c.Kind() == reflect.Bool:
		if c.Kind() != rt.Kind() {
			return out, false
		}
		out.Set(c.Convert(rt))
		return out, true
	case c.CanComplex():
		if out.CanComplex() {
			out.SetComplex(c.Complex())
		}
		return out, out.CanComplex()
	}
	f, n, whole := 0.0, int64(0), true
	if c.CanFloat() {
		f = c.Float()
		n, whole = int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<63
	} else {
		n, f = c.Int(), float64(c.Int())
	}
	switch {
	case out.CanInt() && whole:
		out.SetInt(n)
	case out.CanUint() && whole && n >= 0:
		out.SetUint(uint64(n))
	case out.CanFloat():
		out.SetFloat(f)
	default:
		return out, false
	}
	return out, true
}

// callValue is the function call of templates.
func (s *Set) callValue(said string, fn reflect.Value, args ...reflect.Value) (reflect.Value, error) {
	it := s.templated(fn)
	if it.v.IsValid() && it.v.Kind() == reflect.Interface {
		it.v = it.v.Elem()
	}
	if !it.v.IsValid() {
		return it.v, calling("call", errors.New("call of nil"))
	}
	if it.v.Kind() != reflect.Func {
		return it.v, calling("call", fmt.Errorf("non-function %s of type %s", calleeName(said), it.typeName()))
	}
	name, ft := calleeName(said), it.v.Type()
	if err := goodFunc(name, it); err != nil {
		return it.v, calling("call", err)
	}
	if ft.IsVariadic() && len(args) < ft.NumIn()-1 {
		return it.v, calling("call", fmt.Errorf("wrong number of args for %s: got %d want at least %d", name, len(args), ft.NumIn()-1))
	} else if !ft.IsVariadic() && len(args) != ft.NumIn() {
		return it.v, calling("call", fmt.Errorf("wrong number of args for %s: got %d want %d", name, len(args), ft.NumIn()))
	}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		t, rt := s.param(it, i)
		v, err := s.preparedArg(a, t, rt)
		if err != nil {
			return it.v, calling("call", fmt.Errorf("arg %d: %w", i, err))
		}
		in[i] = v
	}
	out, err := s.callFound(it, in)
	return out.flow(), calling("call", err)
}

func calling(name string, err error) error {
	if err == nil {
		return nil
	}
	return &templateError{text: fmt.Sprintf("error calling %s: %v", name, err), cause: err}
}

// calleeName is what the command calls.
func calleeName(said string) string {
	if words := strings.Fields(said); len(words) > 1 {
		return words[1]
	}
	return said
}

// preparedArg makes of an argument of call, or of an index into a map, what is wanted.
func (s *Set) preparedArg(a reflect.Value, want *boxed.Type, rt reflect.Type) (reflect.Value, error) {
	name := rt.String()
	if want != nil {
		name = want.Name()
	}
	if a.IsValid() && a.Kind() == reflect.Interface {
		a = a.Elem()
	}
	if !a.IsValid() {
		switch rt.Kind() {
		case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
			return reflect.Zero(rt), nil
		}
		return a, fmt.Errorf("value is nil; should be of type %s", name)
	}
	it := s.templated(a)
	if v, ok := s.assigned(it, want, rt); ok {
		return v, nil
	}
	if isWhole(it.v.Kind()) && isWhole(rt.Kind()) {
		return it.v.Convert(rt), nil
	}
	return a, fmt.Errorf("value has type %s; should be %s", it.typeName(), name)
}

func isWhole(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Uintptr }
