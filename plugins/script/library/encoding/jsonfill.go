package encoding

import (
	"bytes"
	"encoding/json"
	"go/types"
	"reflect"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// jsonTarget is what encoding/json is to fill instead of the pointer inside a box of type t, and what
// then fills the value. It is nil if the pointer itself will do.
func (co *Coder) jsonTarget(t *boxed.Type, inside any, like *json.Decoder) (target any, fill func() error) {
	ptr, ok := t.Go.Underlying().(*types.Pointer)
	p := reflect.ValueOf(inside)
	if !ok || p.IsNil() || co.HasAny(t.Go, false, DecoderOf("encoding/json").LooksFor) {
		return nil, nil
	}
	rt, ok := co.target(ptr.Elem(), nil)
	if !ok || rt == nil {
		return nil, nil
	}
	to := reflect.New(rt)
	co.prepare(ptr.Elem(), p.UnsafePointer(), to.Elem())
	return to.Interface(), func() error { return (&filler{co, like}).fill(ptr.Elem(), p.UnsafePointer(), to.Elem()) }
}

// filler fills values from targets.
type filler struct {
	*Coder
	like *json.Decoder // with what options to decode what is left; nil: none
}

// A Decoding is one call of encoding/json that decodes.
type Decoding struct {
	co   *Coder
	into types.Type   // nil: it is none of the script's
	lies reflect.Type // what encoding/json sees of it
	like *json.Decoder
	fill func() error
	lent []lent
	root reflect.Value // what encoding/json is given
}

// DecodeJSON puts a target in the place of the argument that is to be decoded into.
func (co *Coder) DecodeJSON(args []reflect.Value) *Decoding {
	last := args[len(args)-1]
	if last.Kind() != reflect.Interface || last.IsNil() {
		return nil
	}
	d := &Decoding{co: co}
	d.like, _ = args[0].Interface().(*json.Decoder)
	if t, inside := boxed.Of(last.Interface()); t != nil {
		d.into = t.Go
		var target any
		if target, d.fill = co.jsonTarget(t, inside, d.like); target != nil {
			args[len(args)-1] = reflect.ValueOf(&target).Elem()
			inside = target
		}
		d.root, d.lies = reflect.ValueOf(inside), reflect.TypeOf(inside)
	} else {
		d.root = last.Elem()
	}
	d.lend(d.root, &value.Path{})
	return d
}

// Done fills the value, and words the error as of the script's types.
func (d *Decoding) Done(out []reflect.Value) {
	if d == nil {
		return
	}
	last := len(out) - 1
	err, _ := out[last].Interface().(error)
	err = earlier(d.worded(err), d.takeBack())
	if d.fill != nil {
		err = earlier(err, withPlace(d.fill()))
	}
	if err != nil {
		out[last] = reflect.ValueOf(&err).Elem()
	}
}

// fill makes what lies at p what the target says, and returns the first error of a method.
func (f *filler) fill(t types.Type, p unsafe.Pointer, target reflect.Value) (first error) {
	rt := f.Laid(t)
	v := value.At(rt, p)
	if target.Type() == rt {
		v.Set(target)
		return nil
	}
	switch slot := target.Addr().Interface().(type) {
	case *jsonSlot:
		for _, data := range slot.data {
			first = earlier(first, f.decodeItself(t, p, "UnmarshalJSON", data))
		}
		return first
	case *laterSlot:
		for _, data := range slot.data {
			first = earlier(first, f.decodeLater(t, p, data))
		}
		return first
	case *textSlot:
		for _, text := range slot.texts {
			first = earlier(first, f.decodeItself(t, p, "UnmarshalText", []byte(text)))
		}
		return first
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if target.IsNil() {
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(rt.Elem()))
		}
		return f.fill(u.Elem(), v.UnsafePointer(), target.Elem())
	case *types.Slice:
		return f.fillSlice(u.Elem(), v, target)
	case *types.Array:
		return f.fillList(u.Elem(), v, target)
	case *types.Map:
		return f.fillMap(u, v, target)
	case *types.Struct:
		return f.fillStruct(t, u, v, target)
	}
	return nil
}

func (f *filler) fillSlice(elem types.Type, v, target reflect.Value) (first error) {
	if target.IsNil() {
		v.SetZero()
		return nil
	}
	list := reflect.MakeSlice(v.Type(), target.Len(), target.Len())
	reflect.Copy(list, v)
	v.Set(list)
	return f.fillList(elem, v, target)
}

func (f *filler) fillList(elem types.Type, v, target reflect.Value) (first error) {
	for i := range v.Len() {
		first = earlier(first, f.fill(elem, v.Index(i).Addr().UnsafePointer(), target.Index(i)))
	}
	return first
}

func (f *filler) fillStruct(t types.Type, u *types.Struct, v, target reflect.Value) (first error) {
	for i := range u.NumFields() {
		err := f.fill(u.Field(i).Type(), v.Field(i).Addr().UnsafePointer(), fieldOf(target, i))
		first = earlier(first, inField(err, t, u, i))
	}
	return first
}

func (f *filler) fillMap(u *types.Map, v, target reflect.Value) (first error) {
	if target.IsNil() {
		v.SetZero()
		return nil
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for it := target.MapRange(); it.Next(); {
		k, e := reflect.New(v.Type().Key()), reflect.New(v.Type().Elem())
		from := reflect.New(it.Value().Type())
		from.Elem().Set(it.Value())
		if slot, ok := it.Key().Interface().(keySlot); ok {
			first = earlier(first, f.decodeItself(u.Key(), k.UnsafePointer(), "UnmarshalText", []byte(slot.text)))
		} else {
			k.Elem().Set(it.Key())
		}
		first = earlier(first, f.fill(u.Elem(), e.UnsafePointer(), from.Elem()))
		setLocked(v, k.Elem(), e.Elem())
	}
	return first
}

func earlier(first, err error) error {
	if first != nil {
		return first
	}
	return err
}

// decodeItself calls a method of the value at p.
func (f *filler) decodeItself(t types.Type, p unsafe.Pointer, method string, data []byte) error {
	ptr := f.TypeOf(types.NewPointer(t))
	out, _ := boxed.Value{Type: ptr, Bare: reflect.NewAt(f.Laid(t), p).Interface()}.CallMethod(method, reflect.ValueOf(data))
	return lastError(out)
}

// decodeLater decodes a value of a type within itself.
func (f *filler) decodeLater(t types.Type, p unsafe.Pointer, data []byte) error {
	ptr := f.TypeOf(types.NewPointer(t))
	into := ptr.Box(reflect.NewAt(f.Laid(t), p).Interface())
	d := json.NewDecoder(bytes.NewReader(data))
	if f.like != nil {
		d = sameDecoder(f.like, data)
	}
	args := []reflect.Value{reflect.ValueOf(d), reflect.ValueOf(&into).Elem()}
	decoding := f.DecodeJSON(args)
	target := args[1].Interface()
	if decoding.fill == nil {
		target = reflect.NewAt(f.Laid(t), p).Interface()
	}
	err := d.Decode(target)
	out := []reflect.Value{reflect.ValueOf(&err).Elem()}
	decoding.Done(out)
	err, _ = out[0].Interface().(error)
	return err
}
