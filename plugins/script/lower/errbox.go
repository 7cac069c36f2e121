package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// errorIs is errors.Is, which compares boxes as the values in them.
func (vm *Program) errorIs(err, target error) bool { return (&G{vm: vm}).errorIs(err, target) }

func (g *G) errorIs(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	comparable := reflect.TypeOf(target).Comparable()
	return g.walk(err, func(e error) bool {
		if comparable && e == target {
			return true
		}
		x, ok := e.(interface{ Is(error) bool })
		return ok && x.Is(target)
	})
}

// walk calls f with err and all that it wraps, in errors.Is's order, until f is content. An error may wrap
// itself: that is a loop like others.
func (g *G) walk(err error, f func(error) bool) bool { return g.walkFrom(0, err, f) }

func (g *G) walkFrom(depth int, err error, f func(error) bool) bool {
	if depth > library.MostLayers {
		panic(library.ErrWithin)
	}
	for err != nil {
		g.tick(nil)
		if f(err) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if g.walkFrom(depth+1, e, f) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}

// errorAs is errors.As, which knows a script's types. want is what target points to; nil: that is not known.
func (g *G) errorAs(err error, target any, want types.Type) bool {
	if err == nil {
		return false
	}
	t, bare := unboxed(target)
	p := reflect.ValueOf(bare)
	switch {
	case bare == nil:
		panic("errors: target cannot be nil")
	case p.Kind() != reflect.Pointer || p.IsNil():
		panic("errors: target must be a non-nil pointer")
	case t != nil:
		want = elementOf(t.typ)
	case want == nil:
		return g.asNative(err, target)
	}
	if !types.IsInterface(want) && !g.vm.isError(want) {
		panic("errors: *target must be interface or implement error")
	}
	return g.asInto(err, want, p.UnsafePointer(), target)
}

// isError reports whether t is an error, at run time.
func (vm *Program) isError(t types.Type) bool {
	vm.codesMu.Lock() // go/types completes types when first asked
	defer vm.codesMu.Unlock()
	return types.Implements(t, errorInterface)
}

// asNative is errors.As with a target that is no script's.
func (g *G) asNative(err error, target any) bool {
	into := reflect.ValueOf(target).Elem()
	return g.walk(err, func(e error) bool {
		if reflect.TypeOf(e).AssignableTo(into.Type()) {
			into.Set(reflect.ValueOf(e))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && x.As(target)
	})
}

func (g *G) asInto(err error, want types.Type, dst unsafe.Pointer, target any) bool {
	vm := g.vm
	wanted := vm.typeOf(want)
	iface, isIface := want.Underlying().(*types.Interface)
	return g.walk(err, func(e error) bool {
		a := any(e)
		t, bare := unboxed(a)
		switch {
		case isIface && vm.missing(a, iface, wanted.rt) == "":
			vm.storeIface(dst, wanted.rt, want, a)
			return true
		case !isIface && wanted.scripted && t == wanted:
			value.Put(wanted.rt, dst, reflect.ValueOf(bare))
			return true
		case !isIface && !wanted.scripted && t == nil && reflect.TypeOf(a) == wanted.rt:
			value.Put(wanted.rt, dst, reflect.ValueOf(a))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && x.As(target)
	})
}

func (c *compiler) errorAsType(fn *ssa.Function, err, dst ref) op {
	want := fn.TypeArgs()[0]
	rt, target := c.rtype(want), c.typeOf(types.NewPointer(want))
	okOff := c.rtype(fn.Signature.Results()).Field(1).Offset
	return func(fr *frame) {
		found := reflect.New(rt)
		at := found.Interface()
		if target.scripted {
			at = target.boxOf(at)
		}
		ok := fr.g.asInto(*(*error)(err.at(fr)), want, found.UnsafePointer(), at)
		value.Put(rt, dst.at(fr), found.Elem())
		*(*bool)(unsafe.Add(dst.at(fr), okOff)) = ok
	}
}

// callString calls a method without parameters that returns a string.
func (b box) callString(name string) (string, bool) {
	out, ok := b.callMethod(name)
	if !ok || len(out) != 1 || out[0].Kind() != reflect.String {
		return "", false
	}
	return out[0].String(), true
}

// callMethod calls an exported method of the value in the box.
func (b box) callMethod(name string, args ...reflect.Value) ([]reflect.Value, bool) {
	code := b.t.method(nil, name)
	if code == nil {
		return nil, false
	}
	rt := reflect.FuncOf(nil, resultTypes(code), false)
	cl := &closure{code: code, rt: rt}
	return cl.calledOn(b.v, args), true
}

func resultTypes(code *Code) []reflect.Type {
	list := make([]reflect.Type, len(code.results))
	for i, r := range code.results {
		list[i] = r.rt
	}
	return list
}
