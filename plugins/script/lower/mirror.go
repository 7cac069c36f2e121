package lower

import (
	"bytes"
	"encoding/json"
	"go/types"
	"reflect"
	"strings"
	"unsafe"
)

// Packages that look into values by reflection see no methods on a script's types, and no embedding
// of types that are not exported. What they are given instead is a mirror: the same value, with those
// parts that have methods put into boxes.

// telling are the methods that such packages look for.
var telling = []string{"MarshalJSON", "MarshalText", "MarshalXML", "MarshalBinary", "GobEncode", "String", "Error", "Format"}

// hasMethod reports whether t or a pointer to it has one of the methods.
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

// mirrored is the type of t's mirror; nil if t itself will do.
func (vm *Program) mirrored(t types.Type) reflect.Type {
	if found, ok := vm.mirrors.Load(t); ok {
		rt, _ := found.(reflect.Type)
		return rt
	}
	rt := vm.makeMirror(t, map[types.Type]bool{})
	if rt == nil {
		vm.mirrors.Store(t, false)
	} else {
		vm.mirrors.Store(t, rt)
	}
	return rt
}

func (vm *Program) makeMirror(t types.Type, seen map[types.Type]bool) reflect.Type {
	if !vm.typeOf(t).scripted || types.IsInterface(t) {
		return nil
	}
	if vm.hasAny(t, true, telling) || vm.hasAny(t, false, telling) {
		return reflect.TypeFor[any]()
	}
	if seen[t] {
		return nil // within itself: if anything in it needs a mirror, it is found elsewhere
	}
	seen[t] = true
	defer delete(seen, t)
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if rt := vm.makeMirror(u.Elem(), seen); rt != nil {
			return reflect.TypeFor[any]()
		}
	case *types.Slice:
		if rt := vm.makeMirror(u.Elem(), seen); rt != nil {
			return reflect.SliceOf(rt)
		}
	case *types.Array:
		if rt := vm.makeMirror(u.Elem(), seen); rt != nil {
			return reflect.ArrayOf(int(u.Len()), rt)
		}
	case *types.Map:
		rt := vm.makeMirror(u.Elem(), seen)
		kt := vm.mirroredKey(u.Key())
		if rt != nil || kt != vm.rtype(u.Key()) {
			if rt == nil {
				rt = vm.rtype(u.Elem())
			}
			return reflect.MapOf(kt, rt)
		}
	case *types.Struct:
		return vm.mirrorStruct(u, vm.rtype(t), seen)
	}
	return nil
}

func (vm *Program) mirrorStruct(u *types.Struct, bare reflect.Type, seen map[types.Type]bool) reflect.Type {
	need := false
	fields := make([]reflect.StructField, u.NumFields())
	for i := range fields {
		f := u.Field(i)
		fields[i] = bare.Field(i)
		fields[i].Index, fields[i].Offset = nil, 0
		rt := vm.makeMirror(f.Type(), seen)
		if rt == nil {
			rt = fields[i].Type
		} else if f.Exported() || f.Embedded() {
			need = true
		}
		if !f.Exported() && !fields[i].Anonymous {
			continue
		}
		fields[i].Type = rt
	}
	if !need {
		return nil
	}
	return reflect.StructOf(fields)
}

// mirror makes the mirror of what lies at p. addressable: methods of its pointer count too.
func (vm *Program) mirror(t types.Type, p unsafe.Pointer, addressable bool) reflect.Value {
	d := vm.typeOf(t)
	rt := vm.mirrored(t)
	if rt == nil {
		return apart(value(d.rt, p), true, true)
	}
	if rt == reflect.TypeFor[any]() {
		return vm.mirrorBoxed(t, p, addressable)
	}
	v := value(d.rt, p)
	out := reflect.New(rt).Elem()
	switch u := t.Underlying().(type) {
	case *types.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(rt, v.Len(), v.Len()))
		}
		for i := range v.Len() {
			out.Index(i).Set(vm.mirror(u.Elem(), v.Index(i).Addr().UnsafePointer(), true))
		}
	case *types.Array:
		for i := range v.Len() {
			out.Index(i).Set(vm.mirror(u.Elem(), v.Index(i).Addr().UnsafePointer(), addressable))
		}
	case *types.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(rt))
		}
		for it := snapshot(v).MapRange(); it.Next(); {
			out.SetMapIndex(vm.mirrorKey(u.Key(), it.Key(), rt.Key()), vm.mirror(u.Elem(), addr(it.Value()), false))
		}
	case *types.Struct:
		for i := range u.NumFields() {
			to := reflect.NewAt(rt.Field(i).Type, unsafe.Add(out.Addr().UnsafePointer(), rt.Field(i).Offset)).Elem()
			from := unsafe.Add(p, d.rt.Field(i).Offset)
			if to.Type() == d.rt.Field(i).Type {
				to.Set(value(to.Type(), from))
			} else if !left(rt.Field(i), value(d.rt.Field(i).Type, from)) {
				to.Set(vm.mirror(u.Field(i).Type(), from, addressable))
			}
		}
	}
	return out
}

// left reports whether encoding/json would leave the field out, which it cannot see in the mirror.
func left(f reflect.StructField, v reflect.Value) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			switch v.Kind() {
			case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
				return v.Len() == 0
			case reflect.Struct:
				return false
			}
			return v.IsZero()
		case "omitzero":
			return v.IsZero()
		}
	}
	return false
}

// mirrorBoxed is the mirror of a value with methods, or of a pointer to something with a mirror.
func (vm *Program) mirrorBoxed(t types.Type, p unsafe.Pointer, addressable bool) reflect.Value {
	d := vm.typeOf(t)
	v := value(d.rt, p)
	var out any
	switch ptr, isPtr := t.Underlying().(*types.Pointer); {
	case vm.hasAny(t, false, telling) && (!isPtr || !v.IsNil()):
		out = d.boxOf(v.Interface())
	case isPtr && v.IsNil():
	case isPtr:
		out = vm.mirror(ptr.Elem(), v.UnsafePointer(), true).Interface()
	case addressable:
		pt := vm.typeOf(types.NewPointer(t))
		out = pt.boxOf(reflect.NewAt(d.rt, p).Interface())
	default:
		out = box{d, v.Interface()}
	}
	return reflect.ValueOf(&out).Elem()
}

// bareMirror is the mirror of what is in a box, whose own methods do not count.
func (b box) bareMirror() any {
	p := reflect.New(b.t.rt)
	p.Elem().Set(reflect.ValueOf(b.v))
	if b.t.vm.mirrored(b.t.typ) == reflect.TypeFor[any]() {
		if ptr, ok := b.t.typ.Underlying().(*types.Pointer); ok {
			if p.Elem().IsNil() {
				return nil
			}
			return b.t.vm.mirror(ptr.Elem().Underlying(), p.Elem().UnsafePointer(), true).Interface()
		}
		return b.t.vm.mirror(b.t.typ.Underlying(), p.UnsafePointer(), false).Interface()
	}
	return b.t.vm.mirror(b.t.typ, p.UnsafePointer(), false).Interface()
}

// MarshalJSON encodes the value in the box as a compiled program would.
func (b box) MarshalJSON() ([]byte, error) {
	defer encoding.Add(-1)
	if err := b.encodes(); err != nil {
		return nil, err
	}
	if out, ok := b.callMethod("MarshalJSON"); ok {
		text, err := bytesAndError(out)
		if err == nil {
			err = json.Compact(new(bytes.Buffer), text)
		}
		return text, b.encodeError(err, "MarshalJSON")
	}
	if out, ok := b.callMethod("MarshalText"); ok {
		text, err := bytesAndError(out)
		if err != nil {
			return nil, b.encodeError(err, "MarshalText")
		}
		return json.Marshal(string(text))
	}
	text, err := json.Marshal(b.bareMirror())
	return text, b.encodeError(err, "")
}

func bytesAndError(out []reflect.Value) ([]byte, error) {
	if len(out) != 2 {
		return nil, nil
	}
	text, _ := out[0].Interface().([]byte)
	err, _ := out[1].Interface().(error)
	return text, err
}
