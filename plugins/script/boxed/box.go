package boxed

import (
	"encoding/xml"
	"fmt"
	"go/types"
	"reflect"
	"sync"
	"unsafe"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// A Value is one of a script's type, apart from its interface.
type Value struct {
	Type *Type
	Bare any // the bare value, of type t.rt
}

// Box makes of a bare value one that can be in an interface: it has the type along, and such methods as
// Go's library looks for.
func (t *Type) Box(v any) any { return carry.Pack(t.Carrier(), carry.Value{Of: t, Bare: v}) }

// Of takes what an interface holds apart: a bare value and its type, which is nil for a native
// value.
func Of(a any) (*Type, any) {
	if v, ok := carry.Unpack(a); ok {
		return v.Of.(*Type), v.Bare
	}
	return nil, a
}

// OfBoxes are methods that boxes have, whatever the script's type has: they show what is in it.
var OfBoxes = sync.OnceValue(func() map[string]carry.Method {
	return map[string]carry.Method{
		"Format":      method("Format", func(fmt.State, rune) {}),
		"MarshalJSON": method("MarshalJSON", func() ([]byte, error) { return nil, nil }),
		"MarshalXML":  method("MarshalXML", func(*xml.Encoder, xml.StartElement) error { return nil }),
	}
})

// always are those of them that t's boxes have: encoders take the text of what has one.
func (t *Type) always() []carry.Method {
	list := []carry.Method{OfBoxes()["Format"]}
	for _, name := range []string{"MarshalJSON", "MarshalXML"} {
		if t.In.HasAny(t.Go, false, []string{name}) || !t.In.HasAny(t.Go, false, []string{"MarshalText"}) {
			list = append(list, OfBoxes()[name])
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

// Carrier is the type of t's boxes.
func (t *Type) Carrier() reflect.Type {
	if rt := t.carried.Load(); rt != nil {
		return *rt
	}
	rt := t.CarrierWith(append(t.LookedFor(), t.always()...))
	t.carried.Store(&rt)
	return rt
}

// CarrierWith is the type of boxes with those methods.
func (t *Type) CarrierWith(methods []carry.Method) reflect.Type {
	return carry.Make(t.Name(), t.comparable(), methods)
}

// Addressed is a box of a pointer to a t, with the name of t and the methods of the pointer: so packages see
// what has an address.
func (t *Type) Addressed(p any) any {
	pt := t.In.TypeOf(types.NewPointer(t.Go))
	rt := t.withAddress.Load()
	if rt == nil {
		made := carry.Make(t.Name(), true, append(pt.LookedFor(), pt.always()...))
		rt = &made
		t.withAddress.Store(rt)
	}
	return carry.Pack(*rt, carry.Value{Of: pt, Bare: p})
}

func (t *Type) comparable() bool {
	t.In.Checker.Lock() // go/types completes types when first asked
	defer t.In.Checker.Unlock()
	return types.Comparable(t.Go)
}

// LookedFor are those of t's methods that Go's library may look for.
func (t *Type) LookedFor() (list []carry.Method) {
	for name, sig := range t.exported() {
		if t.In.IsScripted(sig) {
			continue
		}
		if m, ok := carry.Find(name, t.In.Laid(sig)); ok {
			list = append(list, m)
		}
	}
	return list
}

// exported are the methods of t that other packages can call.
func (t *Type) exported() map[string]*types.Signature {
	t.In.Checker.Lock()
	defer t.In.Checker.Unlock()
	all := map[string]*types.Signature{}
	if types.IsInterface(t.Go) {
		return all
	}
	set := t.In.Sets.MethodSet(t.Go)
	for i := range set.Len() {
		if m := set.At(i).Obj(); m.Exported() {
			all[m.Name()] = m.(*types.Func).Signature()
		}
	}
	return all
}

// Call implements carry.Type.
func (t *Type) Call(bare any, name string, params, results []unsafe.Pointer) {
	b := Value{Type: t, Bare: bare}
	switch name {
	case "Format":
		t.In.Format(b, *(*fmt.State)(params[0]), *(*rune)(params[1]))
	case "MarshalJSON":
		*(*[]byte)(results[0]), *(*error)(results[1]) = t.In.JSON(b)
	case "MarshalXML":
		*(*error)(results[0]) = t.In.XML(b, *(**xml.Encoder)(params[0]), *(*xml.StartElement)(params[1]))
	default:
		b.call(t.Method(nil, name), params, results)
	}
}

// call is a call from native code of a method whose parameters and results lie at the addresses given.
func (b Value) call(code *machine.Code, params, results []unsafe.Pointer) {
	fr, leave := code.Entered()
	defer leave()
	recv := code.Params[0]
	value.Put(recv.Type, fr.At(recv.Off), reflect.ValueOf(b.Bare))
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

// CallString calls a method without parameters that returns a string.
func (b Value) CallString(name string) (string, bool) {
	out, ok := b.CallMethod(name)
	if !ok || len(out) != 1 || out[0].Kind() != reflect.String {
		return "", false
	}
	return out[0].String(), true
}

// CallMethod calls an exported method of the value in the box.
func (b Value) CallMethod(name string, args ...reflect.Value) ([]reflect.Value, bool) {
	code := b.Type.Method(nil, name)
	if code == nil {
		return nil, false
	}
	rt := reflect.FuncOf(nil, resultTypes(code), false)
	cl := &machine.Closure{Code: code, Type: rt}
	return cl.CalledOn(b.Bare, args), true
}

func resultTypes(code *machine.Code) []reflect.Type {
	list := make([]reflect.Type, len(code.Results))
	for i, r := range code.Results {
		list[i] = r.Type
	}
	return list
}

// Addr is the address of v, of a copy if it has none.
func Addr(v reflect.Value) unsafe.Pointer {
	if v.CanAddr() {
		return v.Addr().UnsafePointer()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.UnsafePointer()
}

// AsAny is what an interface of that type holds.
func AsAny(rt reflect.Type, p unsafe.Pointer) any {
	if rt.NumMethod() == 0 {
		return *(*any)(p)
	}
	return value.At(rt, p).Interface()
}
