package layout

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// reflect makes types from their parts, and so none that is within itself. Such a type is laid out with
// stand-ins for the pointers, slices, maps and channels that lead back to it: their size does not depend
// on what they lead to. When all types that they lead to have been laid out, the stand-ins are made what
// they stand for, so that packages that look into values find the type within itself.

// later is a stand-in, to be made what a type of the script's says.
type later struct {
	rt reflect.Type
	t  types.Type
}

// standIn stands for t, a pointer, slice, map, channel or function.
func (l *layouter) standIn(t types.Type) reflect.Type {
	name := fmt.Sprint("S", standIns.Add(1)) // no other type is like it
	elem := reflect.StructOf([]reflect.StructField{{Name: name, Type: reflect.TypeFor[[0]byte]()}})
	var rt reflect.Type
	switch t := t.(type) {
	case *types.Pointer:
		rt = reflect.PointerTo(elem)
	case *types.Slice:
		rt = reflect.SliceOf(elem)
	case *types.Map:
		rt = reflect.MapOf(l.layout(t.Key()), elem)
	case *types.Chan:
		rt = reflect.ChanOf(chanDirs[t.Dir()], elem)
	default:
		return reflect.TypeFor[func()]() // nothing that looks into values calls functions
	}
	l.later = append(l.later, later{rt, t})
	return rt
}

var standIns atomic.Int64

// needsStandIn reports whether t is of a kind that can be stood for, and leads back to a type that is
// being laid out.
func (l *layouter) needsStandIn(t types.Type) bool {
	switch t := t.(type) {
	case *types.Map:
		return l.leadsBack(t.Elem())
	case *types.Signature:
		return l.leadsBack(t.Params(), t.Results())
	case *types.Pointer, *types.Slice, *types.Chan:
		return l.leadsBack(t.(interface{ Elem() types.Type }).Elem())
	}
	return false
}

// leadsBack reports whether one of ts leads to a type that is being laid out.
func (l *layouter) leadsBack(ts ...types.Type) bool {
	if len(l.building) == 0 {
		return false
	}
	w := walker{layouter: l}
	for _, t := range ts {
		w.walk(t)
	}
	return w.back
}

// walker goes through all that a type leads to.
type walker struct {
	*layouter
	seen []*types.Named
	back bool
}

func (w *walker) walk(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if w.back = w.back || find(w.building, t) >= 0; w.back || !w.isOwn(t) || w.laid.At(t) != nil || find(w.seen, t) >= 0 {
			return
		}
		w.seen = append(w.seen, t)
		w.walk(t.Underlying())
	default:
		for _, p := range Parts(t) {
			w.walk(p)
		}
	}
}

func find(list []*types.Named, t *types.Named) int {
	return slices.IndexFunc(list, func(n *types.Named) bool { return n == t || types.Identical(n, t) })
}

// settle makes all stand-ins what they stand for.
func (l *layouter) settle() {
	for len(l.later) > 0 {
		s := l.later[0]
		l.later = l.later[1:]
		ok := false
		switch t := s.t.(type) {
		case *types.Map:
			ok = becomeMap(s.rt, reflect.MapOf(s.rt.Key(), l.layout(t.Elem())))
		case interface{ Elem() types.Type }:
			ok = setWord(s.rt, elemWord, s.rt.Elem(), l.layout(t.Elem()))
		}
		if !ok {
			panic(&Error{Within, s.t})
		}
	}
	for _, keep := range l.keep {
		keep()
	}
	l.keep = nil
}

// Where reflect keeps parts of a type, in words: the element of a pointer, slice or channel comes after
// what all types have. What is there is checked before it is relied upon.
const (
	elemWord    = 6
	mapKeyWord  = 6
	mapElemWord = 7
	mapGroup    = 8
	mapSizes    = 10 // of a group and a slot, and where the element lies in a slot
	mapFlags    = 13
)

func pointerTo(rt reflect.Type) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&rt))[1] }

// setWord replaces a type that rt refers to.
func setWord(rt reflect.Type, word int, from, to reflect.Type) bool {
	at := (*unsafe.Pointer)(unsafe.Add(pointerTo(rt), word*8))
	if *at != pointerTo(from) {
		return false
	}
	*at = pointerTo(to)
	return true
}

// becomeMap makes a map type like another that has the same keys.
func becomeMap(rt, like reflect.Type) bool {
	to, from := pointerTo(rt), pointerTo(like)
	if *(*unsafe.Pointer)(unsafe.Add(to, mapKeyWord*8)) != pointerTo(rt.Key()) || !setWord(rt, mapElemWord, rt.Elem(), like.Elem()) {
		return false
	}
	*(*unsafe.Pointer)(unsafe.Add(to, mapGroup*8)) = *(*unsafe.Pointer)(unsafe.Add(from, mapGroup*8))
	*(*[3]uintptr)(unsafe.Add(to, mapSizes*8)) = *(*[3]uintptr)(unsafe.Add(from, mapSizes*8))
	*(*uint32)(unsafe.Add(to, mapFlags*8)) = *(*uint32)(unsafe.Add(from, mapFlags*8))
	return true
}

// knotted holds the types within themselves that have been laid out, by their keys. What reflect makes is
// never given back: without this each load of a script with such a type would keep some 10 KiB for ever.
var knotted sync.Map // string → reflect.Type

// key spells what decides how t is laid out, if t is within itself; else it is empty.
func (l *layouter) key(t *types.Named) string {
	k := keyWriter{layouter: l}
	if k.write(t); !k.within {
		return ""
	}
	return k.text.String()
}

type keyWriter struct {
	*layouter
	text   strings.Builder
	stack  []*types.Named
	within bool // the first type is within itself
}

func (k *keyWriter) write(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		k.named(t)
	case *types.Pointer:
		k.list("*", t.Elem())
	case *types.Slice:
		k.list("[]", t.Elem())
	case *types.Array:
		k.list(fmt.Sprintf("[%d]", t.Len()), t.Elem())
	case *types.Chan:
		k.list(fmt.Sprintf("chan%d ", t.Dir()), t.Elem())
	case *types.Map:
		k.list("map", t.Key(), t.Elem())
	case *types.Signature:
		k.list(fmt.Sprintf("func%t", t.Variadic()))
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			k.text.WriteByte('(')
			for v := range tuple.Variables() {
				k.list("", v.Type())
			}
			k.text.WriteByte(')')
		}
	case *types.Struct:
		k.text.WriteByte('{')
		for i := range t.NumFields() {
			f := t.Field(i)
			k.list(fmt.Sprintf("%s %t %q ", f.Name(), f.Embedded(), t.Tag(i)), f.Type())
		}
		k.text.WriteByte('}')
	case *types.Interface:
		k.text.WriteString("any")
	default:
		k.text.WriteString(t.String())
	}
}

func (k *keyWriter) list(before string, parts ...types.Type) {
	k.text.WriteString(before)
	for _, t := range parts {
		k.write(t)
		k.text.WriteByte(' ')
	}
}

func (k *keyWriter) named(t *types.Named) {
	if i := find(k.stack, t); i >= 0 {
		k.within = k.within || i == 0
		fmt.Fprintf(&k.text, "^%d", i)
		return
	}
	if !k.isOwn(t) {
		k.text.WriteString(types.TypeString(t.Origin(), nil))
		for arg := range t.TypeArgs().Types() {
			k.list("|", arg)
		}
		return
	}
	k.stack = append(k.stack, t)
	k.write(t.Underlying())
	k.stack = k.stack[:len(k.stack)-1]
}
