package lower

import (
	"encoding/xml"
	"fmt"
	"go/types"
	"reflect"
	"sync"
	"unsafe"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/layout"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// box is a value of a script's type, apart from its interface.
type box struct {
	t *Type
	v any // the bare value, of type t.rt
}

// boxOf makes of a bare value one that can be in an interface: it has the type along, and such methods as
// Go's library looks for.
func (t *Type) boxOf(v any) any { return carry.Pack(t.carrier(), carry.Value{Of: t, Bare: v}) }

// unboxed takes what an interface holds apart: a bare value and its type, which is nil for a native
// value.
func unboxed(a any) (*Type, any) {
	if v, ok := carry.Unpack(a); ok {
		return v.Of.(*Type), v.Bare
	}
	return nil, a
}

// ofBoxes are methods that boxes have, whatever the script's type has: they show what is in it.
var ofBoxes = sync.OnceValue(func() map[string]carry.Method {
	return map[string]carry.Method{
		"Format":      method("Format", func(fmt.State, rune) {}),
		"MarshalJSON": method("MarshalJSON", func() ([]byte, error) { return nil, nil }),
		"MarshalXML":  method("MarshalXML", func(*xml.Encoder, xml.StartElement) error { return nil }),
	}
})

// always are those of them that t's boxes have: encoders take the text of what has one.
func (t *Type) always() []carry.Method {
	list := []carry.Method{ofBoxes()["Format"]}
	for _, name := range []string{"MarshalJSON", "MarshalXML"} {
		if t.vm.hasAny(t.typ, false, []string{name}) || !t.vm.hasAny(t.typ, false, []string{"MarshalText"}) {
			list = append(list, ofBoxes()[name])
		}
	}
	return list
}

func method(name string, like any) carry.Method {
	m, ok := carry.Find(name, reflect.TypeOf(like))
	if !ok {
		panic("package carry does not know " + name)
	}
	return m
}

// carrier is the type of t's boxes.
func (t *Type) carrier() reflect.Type {
	if rt := t.carried.Load(); rt != nil {
		return *rt
	}
	rt := t.carrierWith(append(t.lookedFor(), t.always()...))
	t.carried.Store(&rt)
	return rt
}

func (t *Type) carrierWith(methods []carry.Method) reflect.Type {
	return carry.Make(t.name(), t.comparable(), methods)
}

// addressed is a box of a pointer to a t, with the name of t and the methods of the pointer: so packages see
// what has an address.
func (t *Type) addressed(p any) any {
	pt := t.vm.typeOf(types.NewPointer(t.typ))
	rt := t.withAddress.Load()
	if rt == nil {
		made := carry.Make(t.name(), true, append(pt.lookedFor(), pt.always()...))
		rt = &made
		t.withAddress.Store(rt)
	}
	return carry.Pack(*rt, carry.Value{Of: pt, Bare: p})
}

func (t *Type) comparable() bool {
	t.vm.codesMu.Lock() // go/types completes types when first asked
	defer t.vm.codesMu.Unlock()
	return types.Comparable(t.typ)
}

// lookedFor are those of t's methods that Go's library may look for.
func (t *Type) lookedFor() (list []carry.Method) {
	for name, sig := range t.exported() {
		if t.vm.scripted(sig) {
			continue
		}
		if m, ok := carry.Find(name, t.vm.rtype(sig)); ok {
			list = append(list, m)
		}
	}
	return list
}

// exported are the methods of t that other packages can call.
func (t *Type) exported() map[string]*types.Signature {
	t.vm.codesMu.Lock()
	defer t.vm.codesMu.Unlock()
	all := map[string]*types.Signature{}
	if types.IsInterface(t.typ) {
		return all
	}
	set := t.vm.prog.MethodSets.MethodSet(t.typ)
	for i := range set.Len() {
		if m := set.At(i).Obj(); m.Exported() {
			all[m.Name()] = m.(*types.Func).Signature()
		}
	}
	return all
}

// Call implements carry.Type.
func (t *Type) Call(bare any, name string, params, results []unsafe.Pointer) {
	b := box{t, bare}
	switch name {
	case "Format":
		b.Format(*(*fmt.State)(params[0]), *(*rune)(params[1]))
	case "MarshalJSON":
		*(*[]byte)(results[0]), *(*error)(results[1]) = b.MarshalJSON()
	case "MarshalXML":
		*(*error)(results[0]) = b.MarshalXML(*(**xml.Encoder)(params[0]), *(*xml.StartElement)(params[1]))
	default:
		b.call(t.method(nil, name), params, results)
	}
}

// call is a call from native code of a method whose parameters and results lie at the addresses given.
func (b box) call(code *machine.Code, params, results []unsafe.Pointer) {
	fr, leave := code.Entered()
	defer leave()
	recv := code.Params[0]
	value.Put(recv.Type, fr.At(recv.Off), reflect.ValueOf(b.v))
	for i, p := range params {
		to := code.Params[i+1]
		to.Move(fr.At(to.Off), p)
	}
	if p := fr.Tried(); p != nil {
		cl := &machine.Closure{Code: code, Type: reflect.FuncOf(nil, resultTypes(code), false)}
		for i, v := range cl.Failed(p) {
			value.Put(v.Type(), results[i], v)
		}
		return
	}
	for i, to := range results {
		from := code.Results[i]
		from.Move(to, fr.At(from.Off))
	}
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
