package lower

import (
	"go/types"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"wshd/plugins/script/layout"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// Type is a type of the script: what the checker knows, and its layout in memory.
type Type struct {
	typ      types.Type
	rt       reflect.Type
	move     value.Mover
	scripted bool // made of types that the script declares: boxed in interfaces
	vm       *Program

	mu      sync.Mutex
	methods map[string]*machine.Code
	carried atomic.Pointer[reflect.Type] // of its boxes, once there are any

	withAddress atomic.Pointer[reflect.Type] // of those of pointers to it that have its name
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
	rt, err := vm.layouts.Of(t)
	if err != nil {
		panic(notLaidOut(err))
	}
	d := &Type{typ: t, rt: rt, move: value.MoverOf(rt), scripted: vm.scripted(t), vm: vm}
	vm.types.Set(t, d)
	return d
}

// laidOut is how t lies in memory, if that is known.
func (vm *Program) laidOut(t types.Type) reflect.Type {
	if found := vm.types.At(t); found != nil {
		return found.(*Type).rt
	}
	return nil
}

func (vm *Program) rtype(t types.Type) reflect.Type { return vm.typeOf(t).rt }

// name is the type as %T and %v of it print it.
func (t *Type) name() string { return value.TypeText(t.typ) }

// scripted reports whether t mentions a type that the script declares.
func (vm *Program) scripted(t types.Type) bool {
	t = types.Unalias(t)
	switch t := t.(type) {
	case *types.Named:
		return t.Obj().Pkg() != nil && (vm.own[t.Obj().Pkg()] || slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), vm.scripted))
	case *types.Interface:
		return t.NumMethods() > 0
	case *types.Struct:
		for f := range t.Fields() {
			if f.Embedded() || !f.Exported() {
				return true
			}
		}
	}
	return slices.ContainsFunc(layout.Parts(t), vm.scripted)
}
