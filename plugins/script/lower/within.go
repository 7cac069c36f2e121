package lower

import (
	"encoding/json"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"wshd/plugins/script/value"
)

// What holds itself ends the process if native code goes through it: no recover stops a stack that
// overflows.

var errWithin = value.RuntimeError("stack overflow: going through what holds itself")

// path is the maps, slices and pointers that a value is in.
type path struct {
	list []within
	many map[unsafe.Pointer]int // where they are in a long list
}

type within struct {
	at      unsafe.Pointer
	pointer bool
}

// enter notes that what v refers to is gone into. again: v is in it, and pointer: by way of a pointer.
func (p *path) enter(v reflect.Value) (again, pointer bool) {
	at := v.UnsafePointer()
	if i := p.find(at); i >= 0 {
		for _, w := range p.list[i:] {
			pointer = pointer || w.pointer
		}
		return true, pointer
	}
	p.list = append(p.list, within{at, v.Kind() == reflect.Pointer})
	if p.many != nil {
		p.many[at] = len(p.list) - 1
	}
	return false, false
}

func (p *path) find(at unsafe.Pointer) int {
	if len(p.list) < 32 {
		for i, w := range p.list {
			if w.at == at {
				return i
			}
		}
		return -1
	}
	if p.many == nil {
		p.many = map[unsafe.Pointer]int{}
		for i, w := range p.list {
			p.many[w.at] = i
		}
	}
	if i, ok := p.many[at]; ok {
		return i
	}
	return -1
}

func (p *path) leave() {
	last := len(p.list) - 1
	delete(p.many, p.list[last].at)
	p.list = p.list[:last]
}

// mostWithin is how deep values may be in others for those who print them.
const mostWithin = 100_000

// checkAcyclic panics if v holds itself; by way of pointers if these are followed, else the first is only.
func checkAcyclic(v reflect.Value, follow bool, in *path) {
	switch v.Kind() {
	case reflect.Interface:
		if _, bare := unboxed(v.Interface()); bare != nil {
			checkAcyclic(reflect.ValueOf(bare), follow, in)
		}
		return
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() || v.Kind() == reflect.Slice && v.Len() == 0 {
			return
		}
		if v.Kind() == reflect.Pointer && !follow && len(in.list) > 0 {
			return
		}
		if again, _ := in.enter(v); again || len(in.list) > mostWithin {
			panic(errWithin)
		}
		defer in.leave()
	}
	switch v.Kind() {
	case reflect.Pointer:
		checkAcyclic(v.Elem(), follow, in)
	case reflect.Map:
		for it := value.Snapshot(v).MapRange(); it.Next(); {
			checkAcyclic(it.Value(), follow, in)
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && !flat(v.Type().Elem()); i++ {
			checkAcyclic(v.Index(i), follow, in)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				checkAcyclic(v.Field(i), follow, in)
			}
		}
	}
}

// flat reports whether values of a type hold no others.
func flat(rt reflect.Type) bool { return rt.Kind() < reflect.Array || rt.Kind() == reflect.String }

// encoding counts the boxes that are being encoded: one within the other if they hold themselves.
var encoding atomic.Int64

// encodes is called while a box is encoded. It returns an error where that has gone too deep.
func (b box) encodes() error {
	const many, most = 300, 50_000
	n := encoding.Add(1)
	if n > many && n%64 == 0 && runtime.Callers(most, make([]uintptr, 1)) > 0 {
		return &json.UnsupportedValueError{Value: reflect.ValueOf(b.v), Str: "encountered a cycle via " + b.t.name()}
	}
	return nil
}
