package layout

import (
	"go/types"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"wshd/plugins/script/std"
)

var natives sync.Map // *types.TypeName → reflect.Type

var harvested atomic.Bool

// native finds the type of a package that is compiled into the host; nil if it is not there.
func native(t *types.Named) reflect.Type {
	obj := t.Obj()
	if obj.Pkg() == nil {
		if obj.Name() == "error" {
			return reflect.TypeFor[error]()
		}
		return reflect.TypeFor[unsafe.Pointer]() // go/ssa's own
	}
	if t.TypeArgs().Len() > 0 {
		if obj.Pkg().Path() == "sync/atomic" && obj.Name() == "Pointer" {
			return reflect.TypeFor[atomic.Pointer[struct{}]]()
		}
		return nil
	}
	if rt, ok := natives.Load(obj); ok {
		return rt.(reflect.Type)
	}
	if v, ok := std.Symbols(obj.Pkg().Path())[obj.Name()]; ok && v.Kind() == reflect.Pointer {
		rt := v.Type().Elem()
		natives.Store(obj, rt)
		return rt
	}
	if !harvested.Swap(true) {
		harvest()
		return native(t)
	}
	return nil
}

// harvest finds the types that no package exports by name but functions, variables and fields have:
// it walks what the type checker and what reflect know side by side.
func harvest() {
	seen := map[reflect.Type]bool{}
	for path, pkg := range std.Packages() {
		for name, v := range std.Symbols(path) {
			switch obj := pkg.Scope().Lookup(strings.TrimPrefix(name, "_")).(type) {
			case *types.TypeName:
				if name[0] != '_' {
					pair(obj.Type(), v.Type().Elem(), seen)
				}
			case *types.Func, *types.Var:
				pair(obj.Type(), v.Type(), seen)
			}
		}
	}
}

func pair(t types.Type, rt reflect.Type, seen map[reflect.Type]bool) {
	t = types.Unalias(t)
	if n, ok := t.(*types.Named); ok {
		if n.TypeArgs().Len() > 0 || n.Obj().Pkg() == nil || rt.Name() != n.Obj().Name() {
			return
		}
		natives.LoadOrStore(n.Obj(), rt)
		if seen[rt] {
			return
		}
		seen[rt] = true
		pairMethods(n, rt, seen)
	}
	if _, named := t.(*types.Named); !named && rt.Name() == "" {
		if seen[rt] {
			return
		}
		seen[rt] = true
	}
	pairParts(t.Underlying(), rt, seen)
}

// pairMethods pairs what the methods take and return. Those of interfaces are their parts.
func pairMethods(n *types.Named, rt reflect.Type, seen map[reflect.Type]bool) {
	if rt.Kind() == reflect.Interface {
		return
	}
	for m := range n.Methods() {
		if rm, ok := reflect.PointerTo(rt).MethodByName(m.Name()); ok && m.Exported() {
			pairTuples(m.Signature().Params(), 1, rm.Type.In, rm.Type.NumIn(), seen)
			pairTuples(m.Signature().Results(), 0, rm.Type.Out, rm.Type.NumOut(), seen)
		}
	}
}

func pairParts(t types.Type, rt reflect.Type, seen map[reflect.Type]bool) {
	switch u := t.(type) {
	case *types.Pointer:
		pair(u.Elem(), rt.Elem(), seen)
	case *types.Slice:
		pair(u.Elem(), rt.Elem(), seen)
	case *types.Array:
		pair(u.Elem(), rt.Elem(), seen)
	case *types.Chan:
		pair(u.Elem(), rt.Elem(), seen)
	case *types.Map:
		pair(u.Key(), rt.Key(), seen)
		pair(u.Elem(), rt.Elem(), seen)
	case *types.Signature:
		pairTuples(u.Params(), 0, rt.In, rt.NumIn(), seen)
		pairTuples(u.Results(), 0, rt.Out, rt.NumOut(), seen)
	case *types.Struct:
		for i := range min(u.NumFields(), rt.NumField()) {
			if u.Field(i).Name() == rt.Field(i).Name {
				pair(u.Field(i).Type(), rt.Field(i).Type, seen)
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			if rm, ok := rt.MethodByName(m.Name()); ok {
				pair(m.Type(), rm.Type, seen)
			}
		}
	}
}

func pairTuples(t *types.Tuple, skip int, at func(int) reflect.Type, n int, seen map[reflect.Type]bool) {
	if t.Len()+skip != n {
		return
	}
	for i := range t.Len() {
		pair(t.At(i).Type(), at(i+skip), seen)
	}
}
