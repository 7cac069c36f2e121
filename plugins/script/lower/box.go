package lower

import (
	"go/types"
	"reflect"
	"strings"
	"sync"

	"wshd/plugins/script/layout"
	"wshd/plugins/script/std"
)

// box is a value of a script's type in an interface: reflect cannot make types with names and
// methods, so the type is carried along. Boxes compare as the values in them do.
type box struct {
	t *Type
	v any // the bare value, of type t.rt
}

// errBox is the box of types that are errors.
type errBox struct{ box }

// boxOf puts a bare value into its box.
func (t *Type) boxOf(v any) any {
	if t.isError {
		return errBox{box{t, v}}
	}
	return box{t, v}
}

// unboxed takes what an interface holds apart: a bare value and its type, which is nil for a native
// value.
func unboxed(a any) (*Type, any) {
	switch b := unwrap(a).(type) {
	case box:
		return b.t, b.v
	case errBox:
		return b.t, b.v
	case logBox:
		return b.t, b.v
	}
	return nil, a
}

// wrappers are the types of the structs of funcs that stand for script values in native interfaces.
var wrappers sync.Map // reflect.Type → true

// unwrap returns the box behind a value that a native interface holds.
func unwrap(a any) any {
	switch a.(type) {
	case nil, box, errBox, logBox:
		return a
	}
	rt := reflect.TypeOf(a)
	if rt.Kind() != reflect.Pointer {
		return a
	}
	if _, ok := wrappers.Load(rt); ok {
		return reflect.ValueOf(a).Elem().Field(0).Interface()
	}
	return a
}

// ifaceOf makes of a box what can be stored in a native interface with methods.
func (vm *Program) ifaceOf(boxed any, t *Type, iface types.Type) reflect.Value {
	rt := vm.rtype(iface)
	if reflect.TypeOf(boxed).Implements(rt) {
		return reflect.ValueOf(boxed)
	}
	named, ok := types.Unalias(iface).(*types.Named)
	if !ok {
		panic(runtimeError("a script's type cannot be a " + iface.String()))
	}
	w, ok := std.Symbols(named.Obj().Pkg().Path())["_"+named.Obj().Name()]
	if !ok {
		panic(runtimeError("a script's type cannot be a " + iface.String()))
	}
	v := reflect.New(w.Type().Elem())
	wrappers.Store(v.Type(), true)
	v.Elem().Field(0).Set(reflect.ValueOf(boxed))
	for i := 1; i < v.Elem().NumField(); i++ {
		name, _ := strings.CutPrefix(v.Elem().Type().Field(i).Name, "W")
		code := t.method(nil, name)
		_, bare := unboxed(boxed)
		ft := v.Elem().Field(i).Type()
		v.Elem().Field(i).Set(reflect.MakeFunc(ft, func(in []reflect.Value) []reflect.Value {
			cl := &closure{code: code, rt: ft}
			return cl.calledOn(bare, in)
		}))
	}
	return vm.more(v, boxed, t, named)
}

// calledOn is a call of a method from native code.
func (cl *closure) calledOn(recv any, in []reflect.Value) []reflect.Value {
	return cl.called(append([]reflect.Value{reflect.ValueOf(recv)}, in...))
}

// queueBoxed has the methods compiled of a type that goes into an interface, and of all types that can
// be reached from it: packages that look into values call them.
func (c *compiler) queueBoxed(t *Type) {
	if c.boxed[t] || !t.scripted {
		return
	}
	c.boxed[t] = true
	reach := func(u types.Type) { c.queueBoxed(c.typeOf(u)) }
	if !types.IsInterface(t.typ) {
		c.queueMethods(t.typ)
		if _, ok := t.typ.Underlying().(*types.Pointer); !ok {
			c.queueMethods(types.NewPointer(t.typ))
		}
	}
	if c.hasTemplates() {
		c.reachResults(t.typ, reach)
	}
	switch u := t.typ.Underlying().(type) {
	case *types.Signature: // nobody sees into it
	default:
		for _, p := range layout.Parts(u) {
			reach(p)
		}
	}
}
