package lower

import (
	"go/types"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"

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
	}
	return nil, a
}

// wrappers are the types of the structs of funcs that stand for script values in native interfaces.
var wrappers sync.Map // reflect.Type → true

// unwrap returns the box behind a value that a native interface holds.
func unwrap(a any) any {
	switch a.(type) {
	case nil, box, errBox:
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
	return v
}

// calledOn is a call of a method from native code.
func (cl *closure) calledOn(recv any, in []reflect.Value) []reflect.Value {
	return cl.called(append([]reflect.Value{reflect.ValueOf(recv)}, in...))
}

// canBe reports whether boxes of t can be stored in the interface, refusing at load what could not.
func (c *compiler) canBe(iface types.Type) {
	rt := c.rtype(iface)
	if rt.NumMethod() == 0 || rt == reflect.TypeFor[error]() {
		return
	}
	if named, ok := types.Unalias(iface).(*types.Named); ok && named.Obj().Pkg() != nil {
		if _, ok := std.Symbols(named.Obj().Pkg().Path())["_"+named.Obj().Name()]; ok {
			return
		}
	}
	c.refuse("a type of a script cannot be a %s", iface)
}

func (c *compiler) makeInterface(in *ssa.MakeInterface) op {
	dst, src := c.ref(in), c.ref(in.X)
	t, it := c.typeOf(in.X.Type()), c.rtype(in.Type())
	vm, iface := c.Program, in.Type()
	if t.scripted {
		c.queueBoxed(t)
		c.canBe(iface)
		if it.NumMethod() == 0 {
			return func(fr *frame) { *(*any)(dst.at(fr)) = t.boxOf(value(t.rt, src.at(fr)).Interface()) }
		}
		return func(fr *frame) {
			put(it, dst.at(fr), vm.ifaceOf(t.boxOf(value(t.rt, src.at(fr)).Interface()), t, iface))
		}
	}
	if it.NumMethod() == 0 {
		return func(fr *frame) { *(*any)(dst.at(fr)) = value(t.rt, src.at(fr)).Interface() }
	}
	return func(fr *frame) { put(it, dst.at(fr), value(t.rt, src.at(fr))) }
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
	switch u := t.typ.Underlying().(type) {
	case *types.Pointer:
		reach(u.Elem())
	case *types.Slice:
		reach(u.Elem())
	case *types.Array:
		reach(u.Elem())
	case *types.Chan:
		reach(u.Elem())
	case *types.Map:
		reach(u.Key())
		reach(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			reach(f.Type())
		}
	}
}

// toInterface compiles the conversion of an interface to another.
func (c *compiler) toInterface(in, x ssa.Value) op {
	dst, src := c.ref(in), c.ref(x)
	from, to := c.rtype(x.Type()), c.rtype(in.Type())
	if from == to {
		return moveOp(moveAs[any], dst, src)
	}
	vm, iface := c.Program, in.Type()
	return func(fr *frame) {
		a := asAny(from, src.at(fr))
		if a == nil {
			*(*any)(dst.at(fr)) = nil
			return
		}
		vm.storeIface(dst.at(fr), to, iface, a)
	}
}

// storeIface stores a value that is known to implement iface.
func (vm *Program) storeIface(dst unsafe.Pointer, to reflect.Type, iface types.Type, a any) {
	if to.NumMethod() == 0 {
		*(*any)(dst) = a
		return
	}
	if t, _ := unboxed(a); t != nil {
		put(to, dst, t.vm.ifaceOf(a, t, iface))
		return
	}
	put(to, dst, reflect.ValueOf(a))
}

func (c *compiler) typeAssert(in *ssa.TypeAssert) op {
	dst, src := c.ref(in), c.ref(in.X)
	from := c.rtype(in.X.Type())
	test := c.tester(in.AssertedType)
	rt := c.rtype(in.AssertedType)
	vm, asserted, static := c.Program, in.AssertedType, in.X.Type()
	isIface := types.IsInterface(asserted)
	nilCheck := !in.CommaOk && types.Identical(asserted, static) // of a method value of an interface
	var okOff uintptr
	if in.CommaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	return func(fr *frame) {
		a := asAny(from, src.at(fr))
		ok := a != nil && test(a)
		p := dst.at(fr)
		switch {
		case !ok && nilCheck:
			panic(errNil)
		case !ok && !in.CommaOk:
			panic(vm.assertion(static, asserted, a))
		case !ok:
			reflect.NewAt(rt, p).Elem().SetZero()
		case isIface:
			vm.storeIface(p, rt, asserted, a)
		default:
			_, bare := unboxed(a)
			put(rt, p, reflect.ValueOf(bare))
		}
		if in.CommaOk {
			*(*bool)(unsafe.Add(p, okOff)) = ok
		}
	}
}

// tester returns what tells whether a value, which is not nil, is of type t or implements it.
func (c *compiler) tester(t types.Type) func(a any) bool {
	want := c.typeOf(t)
	if !types.IsInterface(t) {
		if want.scripted {
			return func(a any) bool { got, _ := unboxed(a); return got == want }
		}
		return func(a any) bool { return reflect.TypeOf(a) == want.rt }
	}
	iface := t.Underlying().(*types.Interface)
	vm := c.Program
	return func(a any) bool { return vm.missing(a, iface, want.rt) == "" }
}

// missing names a method of iface that a does not have, "" if it has all.
func (vm *Program) missing(a any, iface *types.Interface, rt reflect.Type) string {
	if t, _ := unboxed(a); t != nil {
		vm.codesMu.Lock() // go/types completes types when first asked
		defer vm.codesMu.Unlock()
		if m, _ := types.MissingMethod(t.typ, iface, true); m != nil {
			return m.Name()
		}
		return ""
	}
	got := reflect.TypeOf(a)
	if rt.NumMethod() > 0 && got.Implements(rt) {
		return ""
	}
	for m := range iface.Methods() {
		found, ok := got.MethodByName(m.Name())
		if !ok || !sameFunc(found.Type, vm.rtype(m.Signature())) {
			return m.Name()
		}
	}
	return ""
}

// sameFunc compares a method's type, which has its receiver first, with a function's.
func sameFunc(method, fn reflect.Type) bool {
	if method.NumIn() != fn.NumIn()+1 || method.NumOut() != fn.NumOut() || method.IsVariadic() != fn.IsVariadic() {
		return false
	}
	for i := range fn.NumIn() {
		if method.In(i+1) != fn.In(i) {
			return false
		}
	}
	for i := range fn.NumOut() {
		if method.Out(i) != fn.Out(i) {
			return false
		}
	}
	return true
}

// assertion is the runtime error of a type assertion that does not hold.
func (vm *Program) assertion(static, asserted types.Type, a any) error {
	name := func(t types.Type) string {
		if i, ok := types.Unalias(t).(*types.Interface); ok && i.Empty() {
			return "interface {}"
		}
		return types.TypeString(t, func(p *types.Package) string { return p.Name() })
	}
	if a == nil {
		if types.IsInterface(asserted) {
			return conversionError("interface conversion: interface is nil, not " + name(asserted))
		}
		return conversionError("interface conversion: " + name(static) + " is nil, not " + name(asserted))
	}
	got := dynamicName(a)
	if iface, ok := asserted.Underlying().(*types.Interface); ok {
		return conversionError("interface conversion: " + got + " is not " + name(asserted) + ": missing method " + vm.missing(a, iface, vm.rtype(asserted)))
	}
	return conversionError("interface conversion: " + name(static) + " is " + got + ", not " + name(asserted))
}

// conversionError is runtime.TypeAssertionError.
type conversionError string

func (e conversionError) Error() string { return string(e) }
func (e conversionError) RuntimeError() {}

func dynamicName(a any) string {
	if t, _ := unboxed(a); t != nil {
		return t.name()
	}
	return reflect.TypeOf(a).String()
}

// invoke compiles a method call on an interface.
func (c *compiler) invoke(call *ssa.CallCommon, at operands, dst ref) op {
	recv, moves := at(call.Value), c.transfers(call.Args, at)
	from := c.rtype(call.Value.Type())
	argTypes, offs := c.rtypes(call.Args), c.resultOffsets(call.Signature())
	pkg, name := call.Method.Pkg(), call.Method.Name()
	isNative := from.NumMethod() > 0
	return func(fr *frame) {
		a := asAny(from, recv.at(fr))
		if a == nil {
			panic(errNil)
		}
		t, bare := unboxed(a)
		if t == nil {
			v := reflect.ValueOf(a)
			if isNative {
				v = value(from, recv.at(fr))
			}
			fr.g.native()
			callReflect(fr, v.MethodByName(name), moves, argTypes, offs, dst)
			return
		}
		cell := reflect.New(t.rt)
		cell.Elem().Set(reflect.ValueOf(bare))
		callCode(fr, t.method(pkg, name), nil, moves, cell.UnsafePointer(), offs, dst)
	}
}
