package value

import (
	"reflect"
	"unsafe"
)

// ErrWithin is the panic for what holds itself, or is nested as if it did.
var ErrWithin = RuntimeError("stack overflow: going through what holds itself")

// Path is the maps, slices and pointers that a value is in.
type Path struct {
	List []within
	many map[unsafe.Pointer]int // where they are in a long list
}

type within struct {
	at      unsafe.Pointer
	pointer bool
}

// Enter notes that what v refers to is gone into. again: v is in it, and pointer: by way of a pointer.
func (p *Path) Enter(v reflect.Value) (again, pointer bool) {
	at := v.UnsafePointer()
	if i := p.find(at); i >= 0 {
		for _, w := range p.List[i:] {
			pointer = pointer || w.pointer
		}
		return true, pointer
	}
	p.List = append(p.List, within{at, v.Kind() == reflect.Pointer})
	if p.many != nil {
		p.many[at] = len(p.List) - 1
	}
	return false, false
}

func (p *Path) find(at unsafe.Pointer) int {
	if len(p.List) < 32 {
		for i, w := range p.List {
			if w.at == at {
				return i
			}
		}
		return -1
	}
	if p.many == nil {
		p.many = map[unsafe.Pointer]int{}
		for i, w := range p.List {
			p.many[w.at] = i
		}
	}
	if i, ok := p.many[at]; ok {
		return i
	}
	return -1
}

// Leave leaves what was entered last.
func (p *Path) Leave() {
	last := len(p.List) - 1
	delete(p.many, p.List[last].at)
	p.List = p.List[:last]
}

// MostWithin is how deep values may be in others for those who print them.
const MostWithin = 100_000

// Flat reports whether values of a type hold no others.
func Flat(rt reflect.Type) bool { return rt.Kind() < reflect.Array || rt.Kind() == reflect.String }
