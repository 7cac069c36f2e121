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

// host are the types of the packages that are compiled into the host.
var host hostTypes

// hostTypes finds types that the host and its scripts share. Many loads may ask it at a time.
type hostTypes struct {
	known     sync.Map // *types.TypeName → reflect.Type
	harvested sync.Once
}

// find finds the type of a package that is compiled into the host; nil if it is not there.
func (h *hostTypes) find(t *types.Named) reflect.Type {
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
	if rt, ok := h.known.Load(obj); ok {
		return rt.(reflect.Type)
	}
	if v, ok := std.Symbols(obj.Pkg().Path())[obj.Name()]; ok && v.Kind() == reflect.Pointer {
		rt := v.Type().Elem()
		h.known.Store(obj, rt)
		return rt
	}
	h.harvested.Do(h.harvest) // which others wait for: what it finds they must find too
	if rt, ok := h.known.Load(obj); ok {
		return rt.(reflect.Type)
	}
	return nil
}

// harvest finds the types that no package exports by name but functions, variables and fields have:
// it walks what the type checker and what reflect know side by side.
func (h *hostTypes) harvest() {
	w := harvest{h, map[reflect.Type]bool{}}
	for path, pkg := range std.Packages() {
		for name, v := range std.Symbols(path) {
			switch obj := pkg.Scope().Lookup(strings.TrimPrefix(name, "_")).(type) {
			case *types.TypeName:
				if name[0] != '_' {
					w.pair(obj.Type(), v.Type().Elem())
				}
			case *types.Func, *types.Var:
				w.pair(obj.Type(), v.Type())
			}
		}
	}
}

// harvest is one going-through, with what it has gone through.
type harvest struct {
	*hostTypes
	seen map[reflect.Type]bool
}

func (w harvest) pair(t types.Type, rt reflect.Type) {
	t = types.Unalias(t)
	if n, ok := t.(*types.Named); ok {
		if n.TypeArgs().Len() > 0 || n.Obj().Pkg() == nil || rt.Name() != n.Obj().Name() {
			return
		}
		w.known.LoadOrStore(n.Obj(), rt)
		if w.seen[rt] {
			return
		}
		w.seen[rt] = true
		w.pairMethods(n, rt)
	}
	if _, named := t.(*types.Named); !named && rt.Name() == "" {
		if w.seen[rt] {
			return
		}
		w.seen[rt] = true
	}
	w.pairParts(t.Underlying(), rt)
}

// pairMethods pairs what the methods take and return. Those of interfaces are their parts.
func (w harvest) pairMethods(n *types.Named, rt reflect.Type) {
	if rt.Kind() == reflect.Interface {
		return
	}
	for m := range n.Methods() {
		if rm, ok := reflect.PointerTo(rt).MethodByName(m.Name()); ok && m.Exported() {
			w.pairTuples(m.Signature().Params(), 1, rm.Type.In, rm.Type.NumIn())
			w.pairTuples(m.Signature().Results(), 0, rm.Type.Out, rm.Type.NumOut())
		}
	}
}

func (w harvest) pairParts(t types.Type, rt reflect.Type) {
	switch u := t.(type) {
	case *types.Pointer:
		w.pair(u.Elem(), rt.Elem())
	case *types.Slice:
		w.pair(u.Elem(), rt.Elem())
	case *types.Array:
		w.pair(u.Elem(), rt.Elem())
	case *types.Chan:
		w.pair(u.Elem(), rt.Elem())
	case *types.Map:
		w.pair(u.Key(), rt.Key())
		w.pair(u.Elem(), rt.Elem())
	case *types.Signature:
		w.pairTuples(u.Params(), 0, rt.In, rt.NumIn())
		w.pairTuples(u.Results(), 0, rt.Out, rt.NumOut())
	case *types.Struct:
		for i := range min(u.NumFields(), rt.NumField()) {
			if u.Field(i).Name() == rt.Field(i).Name {
				w.pair(u.Field(i).Type(), rt.Field(i).Type)
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			if rm, ok := rt.MethodByName(m.Name()); ok {
				w.pair(m.Type(), rm.Type)
			}
		}
	}
}

func (w harvest) pairTuples(t *types.Tuple, skip int, at func(int) reflect.Type, n int) {
	if t.Len()+skip != n {
		return
	}
	for i := range t.Len() {
		w.pair(t.At(i).Type(), at(i+skip))
	}
}
