package lower

import (
	"go/types"
	"reflect"
	"sync"
)

// Type is a type of the script: what the checker knows, and its layout in memory.
type Type struct {
	typ      types.Type
	rt       reflect.Type
	move     mover
	scripted bool // made of types that the script declares: boxed in interfaces
	isError  bool
	vm       *Program

	mu      sync.Mutex
	methods map[string]*Code
}

var errorInterface = errorType.Underlying().(*types.Interface)

var errorType = types.Universe.Lookup("error").Type()

// typeOf describes t. Identical types have one description.
func (vm *Program) typeOf(t types.Type) *Type {
	vm.typesMu.Lock()
	defer vm.typesMu.Unlock()
	if found := vm.types.At(t); found != nil {
		return found.(*Type)
	}
	l := layouter{vm: vm, laid: &vm.laid}
	rt := l.layout(t)
	l.settle()
	d := &Type{typ: t, rt: rt, move: moverOf(rt), scripted: vm.scripted(t, nil), vm: vm}
	if d.scripted && !types.IsInterface(t) {
		d.isError = types.Implements(t, errorInterface)
	}
	vm.types.Set(t, d)
	return d
}

func (vm *Program) rtype(t types.Type) reflect.Type { return vm.typeOf(t).rt }

// name is the type as %T and %v of it print it.
func (t *Type) name() string { return typeText(t.typ) }

// scripted reports whether t mentions a type that the script declares.
func (vm *Program) scripted(t types.Type, seen []types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil {
			return false
		}
		if vm.own[t.Obj().Pkg()] {
			return true
		}
		for arg := range t.TypeArgs().Types() {
			if vm.scripted(arg, seen) {
				return true
			}
		}
		return false
	case *types.Pointer:
		return vm.scripted(t.Elem(), seen)
	case *types.Slice:
		return vm.scripted(t.Elem(), seen)
	case *types.Array:
		return vm.scripted(t.Elem(), seen)
	case *types.Chan:
		return vm.scripted(t.Elem(), seen)
	case *types.Map:
		return vm.scripted(t.Key(), seen) || vm.scripted(t.Elem(), seen)
	case *types.Signature:
		for v := range t.Params().Variables() {
			if vm.scripted(v.Type(), seen) {
				return true
			}
		}
		for v := range t.Results().Variables() {
			if vm.scripted(v.Type(), seen) {
				return true
			}
		}
		return false
	case *types.Struct:
		for f := range t.Fields() {
			if vm.scripted(f.Type(), seen) || f.Embedded() || !f.Exported() {
				return true
			}
		}
	case *types.Interface:
		return t.NumMethods() > 0
	}
	return false
}
