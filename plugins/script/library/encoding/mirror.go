package encoding

import (
	"go/types"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/carry"
	"wshd/plugins/script/layout"
	"wshd/plugins/script/value"
)

// Packages that look into values by reflection see no methods on a script's types, and no embedding
// of types that are not exported. What they are given instead is a mirror: the same value, with those
// parts that have methods put into boxes.

// Coder encodes and decodes the values of one script's types.
type Coder struct {
	*boxed.Types
	InJSON, InXML, InGob mirrors

	// NoDecoding is why a value of the type of that name cannot be decoded into, in full.
	NoDecoding func(name, why string) string
}

// mirrors are what one package is given.
type mirrors struct {
	co      *Coder
	tag     string   // of the fields, that it reads
	telling []string // the methods that it looks for
	made    sync.Map // types.Type → reflect.Type, or false
	looping sync.Map // types.Type → bool
}

// New is the coder of a script.
func New(types *boxed.Types) *Coder {
	co := &Coder{Types: types}
	co.InJSON = mirrors{co: co, tag: "json", telling: []string{"MarshalJSON", "MarshalText"}}
	co.InXML = mirrors{co: co, tag: "xml", telling: []string{"MarshalXML", "MarshalXMLAttr", "MarshalText"}}
	co.InGob = mirrors{co: co, tag: "gob", telling: []string{"GobEncode", "MarshalBinary"}}
	types.JSON, types.XML = co.boxJSON, co.boxXML
	return co
}

// tells reports whether the package is to call a method of a t.
func (m *mirrors) tells(t types.Type) bool {
	return m.co.HasAny(t, true, m.telling) || m.co.HasAny(t, false, m.telling)
}

// needed reports whether t holds what the package is to call methods of.
func (m *mirrors) needed(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] || !m.co.TypeOf(t).Scripted || types.IsInterface(t) {
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
		return m.needed(u.Elem(), seen) || m.co.mirroredKey(u.Key()) != m.co.Laid(u.Key())
	case *types.Pointer, *types.Slice, *types.Array:
		return m.needed(boxed.ElementOf(u), seen)
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
		return m.co.Laid(t)
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return reflect.SliceOf(element(u.Elem()))
	case *types.Array:
		return reflect.ArrayOf(int(u.Len()), element(u.Elem()))
	case *types.Map:
		return reflect.MapOf(m.co.mirroredKey(u.Key()), element(u.Elem()))
	case *types.Struct:
		return carry.Struct(value.TypeText(t), isNamed(t), m.fields(u, m.co.Laid(t), within))
	}
	if rt := element(boxed.ElementOf(t)); rt.Kind() == reflect.Struct {
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

// Of makes the mirror of what lies at p. addressable: methods of its pointer count too.
func (m *mirrors) Of(t types.Type, p unsafe.Pointer, addressable bool) reflect.Value {
	rt := m.mirrored(t)
	if rt == nil {
		rt = m.co.Laid(t)
	}
	return m.part(t, p, addressable, rt)
}

// part is the mirror of a value, of the type that it is to have. Of a type within itself it is a box, which
// makes its own when it is encoded, since a value may hold itself as well.
func (m *mirrors) part(t types.Type, p unsafe.Pointer, addressable bool, to reflect.Type) reflect.Value {
	d := m.co.TypeOf(t)
	_, isPtr := t.Underlying().(*types.Pointer)
	switch {
	case to == d.Laid:
		return boxed.Apart(value.At(d.Laid, p), true, true)
	case to == reflect.TypeFor[any]() && (isPtr || m.tells(t)):
		return m.boxed(t, p, addressable)
	case to == reflect.TypeFor[any]():
		return reflect.ValueOf(d.Box(value.At(d.Laid, p).Interface()))
	}
	return m.filled(t, to, value.At(d.Laid, p), addressable)
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
			out.SetMapIndex(m.co.mirrorKey(u.Key(), it.Key(), rt.Key()), m.part(u.Elem(), boxed.Addr(it.Value()), false, rt.Elem()))
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
	d := m.co.TypeOf(t)
	v := value.At(d.Laid, p)
	var out any
	switch ptr, isPtr := t.Underlying().(*types.Pointer); {
	case m.co.HasAny(t, false, m.telling) && (!isPtr || !v.IsNil()):
		out = d.Box(v.Interface())
	case isPtr && v.IsNil():
	case isPtr && m.loops(ptr.Elem()):
		out = d.Box(v.Interface())
	case isPtr:
		out = m.Of(ptr.Elem(), v.UnsafePointer(), true).Interface()
	case addressable:
		out = d.Addressed(reflect.NewAt(d.Laid, p).Interface())
	default:
		out = d.Box(v.Interface())
	}
	return reflect.ValueOf(&out).Elem()
}

// bare is the mirror of what is in a box, whose own methods do not count.
func (m *mirrors) bare(b boxed.Value) any {
	p := reflect.New(b.Type.Laid)
	p.Elem().Set(reflect.ValueOf(b.Bare))
	if m.mirrored(b.Type.Go) == reflect.TypeFor[any]() {
		if ptr, ok := b.Type.Go.Underlying().(*types.Pointer); ok {
			if p.Elem().IsNil() {
				return nil
			}
			return m.Of(ptr.Elem().Underlying(), p.Elem().UnsafePointer(), true).Interface()
		}
		return m.Of(b.Type.Go.Underlying(), p.UnsafePointer(), false).Interface()
	}
	return m.Of(b.Type.Go, p.UnsafePointer(), false).Interface()
}
