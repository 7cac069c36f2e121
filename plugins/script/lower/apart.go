package lower

import (
	"reflect"
	"strings"
	"sync"

	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// Native code that goes through a map while a script writes it would kill the process. So packages that
// look into values are given copies of the script's maps, made under the locks that scripts hold while
// they write.

// apart is v with copies in the place of the maps that native code would reach from it. Pointers are
// followed if deep is set; otherwise those only that are themselves in a list of arguments: of others fmt
// looks at the address.
func apart(v reflect.Value, deep, lenient bool) reflect.Value {
	if v.IsValid() && holdsMaps(v.Type()) {
		c := copier{deep: deep, lenient: lenient}
		v, _ = c.copied(v, 0)
	}
	return v
}

// inside is how deep in a list of arguments values are that are inside of others.
const inside = 3

// copier goes through a value.
type copier struct {
	deep bool
	value.Path
	lenient bool // what holds itself is let through: who encodes it says so
}

// copied returns v, or a copy of it if there is a map in it.
func (c *copier) copied(v reflect.Value, depth int) (out reflect.Value, other bool) {
	if !holdsMaps(v.Type()) {
		return v, false
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		if t, bare := unboxed(v.Interface()); t != nil {
			if !c.lenient && !t.vm.hasAny(t.typ, false, telling) {
				c.copied(reflect.ValueOf(bare), depth+1) // the box makes its own
			}
			return v, false
		}
		p, ok := c.copied(v.Elem(), depth+1)
		if !ok {
			return v, false
		}
		cell := reflect.New(v.Type()).Elem()
		cell.Set(p)
		return cell, true
	case reflect.Map, reflect.Slice, reflect.Pointer:
		if v.IsNil() || v.Kind() == reflect.Pointer && !c.deep && depth >= inside {
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
		p, ok := c.copied(v.Elem(), depth+1)
		if !ok {
			return v, false
		}
		cell := reflect.New(v.Type().Elem())
		cell.Elem().Set(p)
		return cell, true
	}
	return c.copiedParts(v, depth)
}

func (c *copier) copiedMap(v reflect.Value, depth int) reflect.Value {
	out := value.Snapshot(v)
	if holdsMaps(v.Type().Elem()) {
		for it := value.Snapshot(out).MapRange(); it.Next(); {
			if p, ok := c.copied(it.Value(), depth+1); ok {
				out.SetMapIndex(it.Key(), p)
			}
		}
	}
	return out
}

// copiedParts is copied for slices, arrays and structs.
func (c *copier) copiedParts(v reflect.Value, depth int) (out reflect.Value, other bool) {
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
		p, ok := c.copied(at(v, i), depth+1)
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

// holdsMaps reports whether a script's map may be reached from a value of type rt.
func holdsMaps(rt reflect.Type) bool {
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

// keepApart keeps what a function is given apart from the maps that others may use meanwhile. What it
// returns is to be called when the function has returned.
func keepApart(args []reflect.Value, how library.View, format int) (after []func()) {
	if how == library.AsIs || how == library.Bare || format >= 0 && strings.Contains(args[format].String(), "%p") {
		return nil
	}
	for i := range args {
		if how != library.Decode {
			args[i] = apart(args[i], how != library.Shown, how == library.Encode)
			continue
		}
		own, put := merging(args[i])
		if args[i] = own; put != nil {
			after = append(after, put)
		}
	}
	return after
}

// merging has a decoder fill a map of its own in the place of one that others may use. put, if it is not
// nil, is to be called after that.
func merging(target reflect.Value) (own reflect.Value, put func()) {
	p := target
	if p.Kind() == reflect.Interface {
		p = p.Elem()
	}
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Map || p.Elem().IsNil() {
		return target, nil
	}
	to, cell := p.Elem(), reflect.New(p.Type().Elem())
	cell.Elem().Set(reflect.MakeMap(to.Type()))
	return cell, func() {
		if cell.Elem().IsNil() { // from a null
			to.SetZero()
			return
		}
		lock := value.LockOf(to.UnsafePointer())
		lock.Lock()
		defer lock.Unlock()
		for it := cell.Elem().MapRange(); it.Next(); {
			to.SetMapIndex(it.Key(), it.Value())
		}
	}
}

// callApart calls a native function. If it is a method of a map, such as http.Header's, it does what it
// does as scripts do.
func callApart(fn reflect.Value, args []reflect.Value, method string) []reflect.Value {
	if method == "" {
		return callValues(fn, args)
	}
	lock := value.LockOf(args[0].UnsafePointer())
	switch method {
	case "Set", "Add", "Del":
		lock.Lock()
		defer lock.Unlock()
	case "Get", "Values", "Has", "Encode", "Clone":
		lock.RLock()
		defer lock.RUnlock()
	default: // it may wait
		args[0] = value.Snapshot(args[0])
	}
	return callValues(fn, args)
}
