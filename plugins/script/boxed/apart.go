package boxed

import (
	"reflect"
	"sync"

	"wshd/plugins/script/value"
)

// Native code that goes through a map while a script writes it would kill the process. So packages that
// look into values are given copies of the script's maps, made under the locks that scripts hold while
// they write.

// Apart is v with copies in the place of the maps that native code would reach from it. Pointers are
// followed if deep is set; otherwise those only that are themselves in a list of arguments: of others fmt
// looks at the address.
func Apart(v reflect.Value, deep, lenient bool) reflect.Value {
	if v.IsValid() && HoldsMaps(v.Type()) {
		c := Copier{deep: deep, lenient: lenient}
		v, _ = c.Copied(v, 0)
	}
	return v
}

// InList is how deep in a list of arguments values are that are inside of others.
const InList = 3

// A Copier goes through a value.
type Copier struct {
	deep bool
	value.Path
	lenient bool // what holds itself is let through: who encodes it says so
}

// Copied returns v, or a copy of it if there is a map in it.
func (c *Copier) Copied(v reflect.Value, depth int) (out reflect.Value, other bool) {
	if !HoldsMaps(v.Type()) {
		return v, false
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		if t, bare := Of(v.Interface()); t != nil {
			if !c.lenient && !t.In.HasAny(t.Go, false, Telling) {
				c.Copied(reflect.ValueOf(bare), depth+1) // the box makes its own
			}
			return v, false
		}
		p, ok := c.Copied(v.Elem(), depth+1)
		if !ok {
			return v, false
		}
		cell := reflect.New(v.Type()).Elem()
		cell.Set(p)
		return cell, true
	case reflect.Map, reflect.Slice, reflect.Pointer:
		if v.IsNil() || v.Kind() == reflect.Pointer && !c.deep && depth >= InList {
			return v, false
		}
		if v.Kind() != reflect.Slice || v.Len() > 0 {
			again, pointer := c.Enter(v)
			if again && !c.lenient && !pointer || len(c.List) > value.MostWithin {
				panic(value.ErrWithin)
			}
			if again {
				return v, false
			}
			defer c.Leave()
		}
	}
	switch v.Kind() {
	case reflect.Map:
		return c.copiedMap(v, depth), true
	case reflect.Pointer:
		p, ok := c.Copied(v.Elem(), depth+1)
		if !ok {
			return v, false
		}
		cell := reflect.New(v.Type().Elem())
		cell.Elem().Set(p)
		return cell, true
	}
	return c.copiedParts(v, depth)
}

func (c *Copier) copiedMap(v reflect.Value, depth int) reflect.Value {
	out := value.Snapshot(v)
	if HoldsMaps(v.Type().Elem()) {
		for it := value.Snapshot(out).MapRange(); it.Next(); {
			if p, ok := c.Copied(it.Value(), depth+1); ok {
				out.SetMapIndex(it.Key(), p)
			}
		}
	}
	return out
}

// copiedParts is copied for slices, arrays and structs.
func (c *Copier) copiedParts(v reflect.Value, depth int) (out reflect.Value, other bool) {
	n, at := 0, reflect.Value.Index
	if v.Kind() == reflect.Struct {
		n, at = v.NumField(), reflect.Value.Field
	} else {
		n = v.Len()
	}
	for i := range n {
		if v.Kind() == reflect.Struct && !v.Type().Field(i).IsExported() {
			continue
		}
		p, ok := c.Copied(at(v, i), depth+1)
		if !ok {
			continue
		}
		if !other {
			other = true
			if v.Kind() == reflect.Slice {
				out = reflect.MakeSlice(v.Type(), n, n)
				reflect.Copy(out, v)
			} else {
				out = reflect.New(v.Type()).Elem()
				out.Set(v)
			}
		}
		at(out, i).Set(p)
	}
	if !other {
		return v, false
	}
	return out, true
}

var mapHolders sync.Map // reflect.Type → bool

// HoldsMaps reports whether a script's map may be reached from a value of type rt.
func HoldsMaps(rt reflect.Type) bool {
	switch rt.Kind() {
	case reflect.Map, reflect.Interface:
		return true
	case reflect.Slice, reflect.Array, reflect.Pointer, reflect.Struct:
		known, ok := mapHolders.Load(rt)
		if !ok {
			known = leadsToMaps(rt, map[reflect.Type]bool{})
			mapHolders.Store(rt, known)
		}
		return known.(bool)
	}
	return false
}

// leadsToMaps is holdsMaps for types that may lead to themselves. Structs with a name are the host's.
func leadsToMaps(rt reflect.Type, seen map[reflect.Type]bool) bool {
	switch rt.Kind() {
	case reflect.Map, reflect.Interface:
		return true
	case reflect.Slice, reflect.Array, reflect.Pointer, reflect.Struct:
	default:
		return false
	}
	if seen[rt] || rt.Name() != "" {
		return false
	}
	seen[rt] = true
	if rt.Kind() != reflect.Struct {
		return leadsToMaps(rt.Elem(), seen)
	}
	for i := range rt.NumField() {
		if leadsToMaps(rt.Field(i).Type, seen) {
			return true
		}
	}
	return false
}
