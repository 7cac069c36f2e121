package library

import (
	"reflect"
	"strings"
	"sync"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// layered are the packages whose values are around others of the kind: readers, writers, errors, contexts.
// What is in those of other packages is theirs.
var layered = []string{"io", "bufio", "bytes", "strings", "compress/", "encoding/", "archive/", "mime/", "crypto/cipher", "text/tabwriter", "errors", "fmt", "context", "log"}

// isLayered reports whether values of a type may be around others.
func isLayered(rt reflect.Type) bool {
	if rt.Kind() == reflect.Pointer {
		rt = rt.Elem()
	}
	for _, p := range layered {
		if rt.PkgPath() == p || strings.HasSuffix(p, "/") && strings.HasPrefix(rt.PkgPath(), p) {
			return len(innerFields(rt)) > 0 || rt.Kind() == reflect.Slice
		}
	}
	return false
}

// inners are the fields in which types have what they are around.
var inners sync.Map // reflect.Type → []int

func innerFields(rt reflect.Type) []int {
	if rt.Kind() != reflect.Struct {
		return nil
	}
	if known, ok := inners.Load(rt); ok {
		return known.([]int)
	}
	var list []int
	for i := range rt.NumField() {
		f := rt.Field(i)
		of := f.Type
		if k := of.Kind(); k == reflect.Slice || k == reflect.Pointer && f.Anonymous {
			of = of.Elem()
		}
		if isAround(of) || f.Anonymous && of.Kind() == reflect.Struct || of == reflect.TypeFor[error]() && (rt.PkgPath() == "errors" || rt.PkgPath() == "fmt") {
			list = append(list, i)
		}
	}
	inners.Store(rt, list)
	return list
}

// isAround reports whether values of an interface may be around others of it.
func isAround(rt reflect.Type) bool {
	return rt.Kind() == reflect.Interface && (rt.PkgPath() == "io" || rt.PkgPath() == "context" || rt.PkgPath() == "compress/flate")
}

// takesLayers reports whether a function is given, or is a method of, what may be around others.
func takesLayers(fn reflect.Type) bool {
	for i := range fn.NumIn() {
		if rt := fn.In(i); isAround(rt) || i == 0 && isLayered(rt) || rt.Kind() == reflect.Slice && isAround(rt.Elem()) {
			return true
		}
	}
	return false
}

// CheckLayers panics if one of args is around itself, or around more than anybody would put around another:
// each layer takes stack when it is read from, written to, or asked.
func CheckLayers(args []reflect.Value) {
	for _, a := range args {
		switch k := a.Kind(); {
		case k == reflect.Interface || k == reflect.Pointer || k == reflect.Struct && isLayered(a.Type()):
			l := layers{}
			l.into(a, 0)
		case k == reflect.Slice && isAround(a.Type().Elem()):
			checkErrors([]reflect.Value{a})
		}
	}
}

func checkErrors(args []reflect.Value) {
	for i := range args[0].Len() {
		CheckLayers([]reflect.Value{args[0].Index(i)})
	}
}

const errLayers = value.RuntimeError("stack overflow: what is read, written or asked is nested too deeply")

// layers goes into a value.
type layers struct{ value.Path }

func (l *layers) into(v reflect.Value, depth int) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || !isLayered(v.Type()) {
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		if again, _ := l.Enter(v); again {
			panic(errLayers)
		}
		defer l.Leave()
		v = v.Elem()
	}
	if depth > machine.MostLayers {
		panic(errLayers)
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			l.into(v.Index(i), depth+1)
		}
		return
	}
	for _, i := range innerFields(v.Type()) {
		f := v.Field(i)
		if f.Kind() != reflect.Slice {
			l.into(f, depth+1)
			continue
		}
		for j := range f.Len() {
			l.into(f.Index(j), depth+1)
		}
	}
}
