package encoding

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// lent is a pointer of the script's that an interface holds in which encoding/json decodes: it goes on into
// what such a pointer leads to, and so is given the pointer in the place of its box.
type lent struct {
	at    reflect.Value // the interface
	boxed any
	to    any
	fill  func() error
}

// lend lends the pointers that are in the interfaces that v leads to, as encoding/json follows it.
func (d *Decoding) lend(v reflect.Value, in *value.Path) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if again, _ := in.Enter(v); again || len(in.List) > value.MostWithin {
			return
		}
		defer in.Leave()
		d.lend(v.Elem(), in)
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && !value.Flat(v.Type().Elem()); i++ {
			d.lend(v.Index(i), in)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				d.lend(v.Field(i), in)
			}
		}
	case reflect.Interface:
		if v.IsNil() || v.NumMethod() > 0 || !v.CanSet() {
			return
		}
		if t, inside := boxed.Of(v.Interface()); t != nil {
			d.lendBox(v, t, inside, in)
		} else if v.Elem().Kind() == reflect.Pointer {
			d.lend(v.Elem(), in)
		}
	}
}

func (d *Decoding) lendBox(v reflect.Value, t *boxed.Type, inside any, in *value.Path) {
	p := reflect.ValueOf(inside)
	if _, ok := t.Go.Underlying().(*types.Pointer); !ok || p.IsNil() {
		return
	}
	l := lent{at: v, boxed: v.Interface(), to: inside}
	target, fill := d.co.jsonTarget(t, inside, d.like)
	switch {
	case target != nil:
		l.to, l.fill = target, fill
	case d.co.HasAny(t.Go, false, []string{"UnmarshalJSON"}):
		l.to = &decodeBox{boxed.Value{Type: t, Bare: inside}}
	case d.co.HasAny(t.Go, false, []string{"UnmarshalText"}):
		l.to = &textBox{decodeBox{boxed.Value{Type: t, Bare: inside}}}
	}
	if d.into == nil {
		d.into, d.lies = t.Go, reflect.TypeOf(l.to)
	}
	v.Set(reflect.ValueOf(l.to))
	d.lent = append(d.lent, l)
	d.lend(reflect.ValueOf(l.to), in)
}

// takeBack puts the boxes back where encoding/json has left the pointers, and fills what was lent. It may
// have moved an interface with its slice.
func (d *Decoding) takeBack() (first error) {
	boxes := map[any]any{}
	for _, l := range d.lent {
		boxes[l.to] = l.boxed
	}
	for i := len(d.lent) - 1; i >= 0; i-- {
		l := d.lent[i]
		if l.fill != nil {
			first = earlier(first, withPlace(l.fill()))
		}
		takeBack(l.at, boxes, &value.Path{})
	}
	if len(d.lent) > 0 {
		takeBack(d.root, boxes, &value.Path{})
	}
	return first
}

func takeBack(v reflect.Value, boxes map[any]any, in *value.Path) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if again, _ := in.Enter(v); again || len(in.List) > value.MostWithin {
			return
		}
		defer in.Leave()
		takeBack(v.Elem(), boxes, in)
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && !value.Flat(v.Type().Elem()); i++ {
			takeBack(v.Index(i), boxes, in)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				takeBack(v.Field(i), boxes, in)
			}
		}
	case reflect.Interface:
		if v.IsNil() || v.Elem().Kind() != reflect.Pointer || !v.CanSet() {
			return
		}
		takeBack(v.Elem(), boxes, in)
		if boxed, ok := boxes[v.Interface()]; ok {
			v.Set(reflect.ValueOf(boxed))
		}
	}
}
