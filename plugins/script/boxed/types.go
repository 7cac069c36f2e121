// Package boxed has the types of one script, and its values as they are in interfaces: with their type and such
// methods as Go's library looks for.
//
// types.go is a type, methods.go asks for its methods, typefor.go finds the checker's type for one of reflect's; box.go is a
// value in an interface; apart.go copies values that others may write, and acyclic.go finds those that hold themselves.
package boxed

import (
	"encoding/xml"
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/go/types/typeutil"

	"wshd/plugins/script/layout"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// Types are the types of one script, each described once.
type Types struct {
	Machine *machine.Machine
	Own     map[*types.Package]bool // the packages run from source
	Sets    *typeutil.MethodSetCache
	Checker sync.Mutex // go/types completes types when first asked

	mu      sync.Mutex
	all     typeutil.Map // types.Type → *Type
	layouts layout.Layouts

	// What boxes are shown by, whatever methods the script's types have.
	Format func(b Value, s fmt.State, verb rune)
	JSON   func(b Value) ([]byte, error)
	XML    func(b Value, e *xml.Encoder, start xml.StartElement) error
}

// New makes those of a script that runs on m, and whose own packages are those in own.
func New(m *machine.Machine, own map[*types.Package]bool, sets *typeutil.MethodSetCache) *Types {
	ts := &Types{Machine: m, Own: own, Sets: sets}
	ts.layouts = layout.Layouts{Own: own, Known: ts.laidOut}
	return ts
}

// Type is a type of the script: what the checker knows, and its layout in memory.
type Type struct {
	Go       types.Type
	Laid     reflect.Type
	Scripted bool // made of types that the script declares: boxed in interfaces
	In       *Types

	mu      sync.Mutex
	methods map[string]*machine.Code
	carried atomic.Pointer[reflect.Type] // of its boxes, once there are any

	withAddress atomic.Pointer[reflect.Type] // of those of pointers to it that have its name
}

// TypeOf describes t. Identical types have one description. It panics with a *layout.Error for what cannot be
// laid out.
func (ts *Types) TypeOf(t types.Type) *Type {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if found := ts.all.At(t); found != nil {
		return found.(*Type)
	}
	rt, err := ts.layouts.Of(t)
	if err != nil {
		panic(err)
	}
	d := &Type{Go: t, Laid: rt, Scripted: ts.IsScripted(t), In: ts}
	ts.all.Set(t, d)
	return d
}

// laidOut is how t lies in memory, if that is known.
func (ts *Types) laidOut(t types.Type) reflect.Type {
	if found := ts.all.At(t); found != nil {
		return found.(*Type).Laid
	}
	return nil
}

// Laid is how t lies in memory.
func (ts *Types) Laid(t types.Type) reflect.Type { return ts.TypeOf(t).Laid }

// Name is the type as %T and %v of it print it.
func (t *Type) Name() string { return value.TypeText(t.Go) }

// IsScripted reports whether t mentions a type that the script declares.
func (ts *Types) IsScripted(t types.Type) bool {
	t = types.Unalias(t)
	switch t := t.(type) {
	case *types.Named:
		return t.Obj().Pkg() != nil && (ts.Own[t.Obj().Pkg()] || slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), ts.IsScripted))
	case *types.Interface:
		return t.NumMethods() > 0
	case *types.Struct:
		for f := range t.Fields() {
			if f.Embedded() || !f.Exported() {
				return true
			}
		}
	}
	return slices.ContainsFunc(layout.Parts(t), ts.IsScripted)
}

// methodName is what the methods of a type are kept by.
func methodName(pkg *types.Package, name string) string {
	if !token.IsExported(name) && pkg != nil {
		return pkg.Path() + "." + name
	}
	return name
}

// Bind says that code is a method of t.
func (t *Type) Bind(m *types.Func, code *machine.Code) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.methods == nil {
		t.methods = map[string]*machine.Code{}
	}
	t.methods[methodName(m.Pkg(), m.Name())] = code
}

// Method finds the code of a method of t by name, at run time; nil: there is none.
func (t *Type) Method(pkg *types.Package, name string) *machine.Code {
	key := methodName(pkg, name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, ok := t.methods[key]; ok {
		return c
	}
	t.In.Checker.Lock()
	defer t.In.Checker.Unlock()
	if t.In.Sets.MethodSet(t.Go).Lookup(pkg, name) != nil {
		panic(value.RuntimeError("the method " + name + " of " + t.Name() + " has not been compiled"))
	}
	if t.methods == nil {
		t.methods = map[string]*machine.Code{}
	}
	t.methods[key] = nil
	return nil
}
