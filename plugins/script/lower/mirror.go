package lower

import (
	"go/types"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/layout"
	"wshd/plugins/script/value"
)

// Packages that look into values by reflection see no methods on a script's types, and no embedding
// of types that are not exported. What they are given instead is a mirror: the same value, with those
// parts that have methods put into boxes.

// telling are the methods that those look for who show or encode a value.
var telling = []string{"MarshalJSON", "MarshalText", "MarshalXML", "MarshalBinary", "GobEncode", "String", "Error", "Format"}

// mirrors are what one package is given.
type mirrors struct {
	vm      *Program
	tag     string   // of the fields, that it reads
	telling []string // the methods that it looks for
	made    sync.Map // types.Type → reflect.Type, or false
	looping sync.Map // types.Type → bool
}

// makeMirrors makes those of the packages that have them.
func (vm *Program) makeMirrors() {
	vm.inJSON = mirrors{vm: vm, tag: "json", telling: []string{"MarshalJSON", "MarshalText"}}
	vm.inXML = mirrors{vm: vm, tag: "xml", telling: []string{"MarshalXML", "MarshalXMLAttr", "MarshalText"}}
	vm.inGob = mirrors{vm: vm, tag: "gob", telling: []string{"GobEncode", "MarshalBinary"}}
}

// hasAny reports whether t or a pointer to it has one of the methods.
func (vm *Program) hasAny(t types.Type, pointer bool, names []string) bool {
	if !vm.typeOf(t).scripted || types.IsInterface(t) {
		return false
	}
	vm.codesMu.Lock()
	defer vm.codesMu.Unlock()
	set := vm.prog.MethodSets.MethodSet(t)
	if pointer {
		set = vm.prog.MethodSets.MethodSet(types.NewPointer(t))
	}
	for _, name := range names {
		if set.Lookup(nil, name) != nil {
			return true
		}
	}
	return false
}

// tells reports whether the package is to call a method of a t.
func (m *mirrors) tells(t types.Type) bool {
	return m.vm.hasAny(t, true, m.telling) || m.vm.hasAny(t, false, m.telling)
}

// needed reports whether t holds what the package is to call methods of.
func (m *mirrors) needed(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] || !m.vm.typeOf(t).scripted || types.IsInterface(t) {
		return false
	}
	seen[t] = true
	if m.tells(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		if m.tag == "xml" {
			return false // which has no maps
		}
		return m.needed(u.Elem(), seen) || m.vm.mirroredKey(u.Key()) != m.vm.rtype(u.Key())
	case *types.Pointer, *types.Slice, *types.Array:
		return m.needed(elementOf(u), seen)
	case *types.Struct:
		for i := range u.NumFields() {
			f := u.Field(i)
			if (f.Exported() || f.Embedded()) && (m.asksZero(f.Type(), u.Tag(i)) || m.needed(f.Type(), seen)) {
				return true
			}
		}
	}
	return false
}

// mirrored is the type of t's mirror; nil if t itself will do.
func (m *mirrors) mirrored(t types.Type) reflect.Type {
	if found, ok := m.made.Load(t); ok {
		rt, _ := found.(reflect.Type)
		return rt
	}
	rt := m.make(t, map[types.Type]bool{})
	if rt == nil {
		m.made.Store(t, false)
	} else {
		m.made.Store(t, rt)
	}
	return rt
}

func (m *mirrors) make(t types.Type, within map[types.Type]bool) reflect.Type {
	switch {
	case !m.needed(t, map[types.Type]bool{}):
		return nil
	case m.tells(t) || within[t]:
		return reflect.TypeFor[any]()
	}
	within[t] = true
	defer delete(within, t)
	element := func(t types.Type) reflect.Type {
		if rt := m.make(t, within); rt != nil {
			return rt
		}
		return m.vm.rtype(t)
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return reflect.SliceOf(element(u.Elem()))
	case *types.Array:
		return reflect.ArrayOf(int(u.Len()), element(u.Elem()))
	case *types.Map:
		return reflect.MapOf(m.vm.mirroredKey(u.Key()), element(u.Elem()))
	case *types.Struct:
		return carry.Struct(value.TypeText(t), isNamed(t), m.fields(u, m.vm.rtype(t), within))
	}
	if rt := element(elementOf(t)); rt.Kind() == reflect.Struct {
		return reflect.PointerTo(rt)
	}
	return reflect.TypeFor[any]()
}

func isNamed(t types.Type) bool { _, ok := types.Unalias(t).(*types.Named); return ok }

func (m *mirrors) fields(u *types.Struct, bare reflect.Type, within map[types.Type]bool) []reflect.StructField {
	fields := make([]reflect.StructField, u.NumFields())
	for i := range fields {
		f := u.Field(i)
		fields[i] = bare.Field(i)
		fields[i].Index, fields[i].Offset = nil, 0
		if !f.Exported() && !fields[i].Anonymous {
			continue
		}
		rt := m.make(f.Type(), within)
		switch {
		case m.asksZero(f.Type(), u.Tag(i)):
			fields[i].Type = reflect.TypeFor[any]()
		case rt != nil && m.tag == "xml" && slices.Contains(tagOptions(u.Tag(i), "xml"), "attr"):
			fields[i].Type = reflect.TypeFor[xmlAttr]()
		case rt != nil:
			fields[i].Type = rt
		}
	}
	return fields
}

// of makes the mirror of what lies at p. addressable: methods of its pointer count too.
func (m *mirrors) of(t types.Type, p unsafe.Pointer, addressable bool) reflect.Value {
	rt := m.mirrored(t)
	if rt == nil {
		rt = m.vm.rtype(t)
	}
	return m.part(t, p, addressable, rt)
}

// part is the mirror of a value, of the type that it is to have. Of a type within itself it is a box, which
// makes its own when it is encoded, since a value may hold itself as well.
func (m *mirrors) part(t types.Type, p unsafe.Pointer, addressable bool, to reflect.Type) reflect.Value {
	d := m.vm.typeOf(t)
	_, isPtr := t.Underlying().(*types.Pointer)
	switch {
	case to == d.rt:
		return apart(value.At(d.rt, p), true, true)
	case to == reflect.TypeFor[any]() && (isPtr || m.tells(t)):
		return m.boxed(t, p, addressable)
	case to == reflect.TypeFor[any]():
		return reflect.ValueOf(d.boxOf(value.At(d.rt, p).Interface()))
	}
	return m.filled(t, to, value.At(d.rt, p), addressable)
}

// filled is a mirror of the type rt.
func (m *mirrors) filled(t types.Type, rt reflect.Type, v reflect.Value, addressable bool) reflect.Value {
	out := reflect.New(rt).Elem()
	switch u := t.Underlying().(type) {
	case *types.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(rt, v.Len(), v.Len()))
		}
		for i := range v.Len() {
			out.Index(i).Set(m.part(u.Elem(), v.Index(i).Addr().UnsafePointer(), true, rt.Elem()))
		}
	case *types.Array:
		for i := range v.Len() {
			out.Index(i).Set(m.part(u.Elem(), v.Index(i).Addr().UnsafePointer(), addressable, rt.Elem()))
		}
	case *types.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(rt))
		}
		for it := value.Snapshot(v).MapRange(); it.Next(); {
			out.SetMapIndex(m.vm.mirrorKey(u.Key(), it.Key(), rt.Key()), m.part(u.Elem(), addr(it.Value()), false, rt.Elem()))
		}
	case *types.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(rt.Elem()))
			out.Elem().Set(m.part(u.Elem(), v.UnsafePointer(), true, rt.Elem()))
		}
	case *types.Struct:
		for i := range u.NumFields() {
			from := value.At(v.Type().Field(i).Type, v.Field(i).Addr().UnsafePointer())
			m.field(u, i, fieldOf(out, i), from, addressable)
		}
	}
	return out
}

// field makes a field of a struct's mirror. What encoders would leave out, and cannot see in the mirror, is
// left zero.
func (m *mirrors) field(u *types.Struct, i int, to, from reflect.Value, addressable bool) {
	t := u.Field(i).Type()
	switch {
	case to.Type() == from.Type() && !m.asksZero(t, u.Tag(i)):
		to.Set(from)
	case m.left(t, u.Tag(i), from):
	case to.Type() == reflect.TypeFor[xmlAttr]():
		to.Set(reflect.ValueOf(m.attr(t, from, addressable)))
	case types.IsInterface(t):
		to.Set(from)
	default:
		to.Set(m.part(t, from.Addr().UnsafePointer(), addressable, to.Type()))
	}
}

// loops reports whether values of t can lead to others of t.
func (m *mirrors) loops(t types.Type) bool {
	if known, ok := m.looping.Load(t); ok {
		return known.(bool)
	}
	seen := map[types.Type]bool{}
	var leads func(u types.Type) bool
	leads = func(u types.Type) bool {
		if seen[u] {
			return types.Identical(u, t)
		}
		seen[u] = true
		if _, ok := u.Underlying().(*types.Signature); ok {
			return false
		}
		return slices.ContainsFunc(layout.Parts(u.Underlying()), leads)
	}
	found := leads(t)
	m.looping.Store(t, found)
	return found
}

// boxed is the mirror of a value with methods, or of a pointer to something with a mirror.
func (m *mirrors) boxed(t types.Type, p unsafe.Pointer, addressable bool) reflect.Value {
	d := m.vm.typeOf(t)
	v := value.At(d.rt, p)
	var out any
	switch ptr, isPtr := t.Underlying().(*types.Pointer); {
	case m.vm.hasAny(t, false, m.telling) && (!isPtr || !v.IsNil()):
		out = d.boxOf(v.Interface())
	case isPtr && v.IsNil():
	case isPtr && m.loops(ptr.Elem()):
		out = d.boxOf(v.Interface())
	case isPtr:
		out = m.of(ptr.Elem(), v.UnsafePointer(), true).Interface()
	case addressable:
		out = d.addressed(reflect.NewAt(d.rt, p).Interface())
	default:
		out = d.boxOf(v.Interface())
	}
	return reflect.ValueOf(&out).Elem()
}

// bare is the mirror of what is in a box, whose own methods do not count.
func (m *mirrors) bare(b box) any {
	p := reflect.New(b.t.rt)
	p.Elem().Set(reflect.ValueOf(b.v))
	if m.mirrored(b.t.typ) == reflect.TypeFor[any]() {
		if ptr, ok := b.t.typ.Underlying().(*types.Pointer); ok {
			if p.Elem().IsNil() {
				return nil
			}
			return m.of(ptr.Elem().Underlying(), p.Elem().UnsafePointer(), true).Interface()
		}
		return m.of(b.t.typ.Underlying(), p.UnsafePointer(), false).Interface()
	}
	return m.of(b.t.typ, p.UnsafePointer(), false).Interface()
}
