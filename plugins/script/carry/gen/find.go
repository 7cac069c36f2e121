package main

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// method is one that the library may look for.
type method struct {
	name string
	sig  *types.Signature
	page int // methods of one name have different pages
}

// finder finds them.
type finder struct {
	open  map[string]bool    // the packages whose types scripts, and the file written, can name
	found map[string]*method // by name and signature
}

// declared finds the methods of the interfaces that a package exports, if scripts can import it.
func (f *finder) declared(pkg *packages.Package) {
	if !f.open[pkg.PkgPath] {
		return
	}
	scope := pkg.Types.Scope()
	for _, name := range scope.Names() {
		if t, ok := scope.Lookup(name).(*types.TypeName); ok && t.Exported() {
			f.add(t.Type())
		}
	}
}

// asked finds the methods of the interfaces that a package asserts values to: in type assertions and
// switches, as what errors.As and errors.AsType look for, and as what values of reflect are asked to implement.
func (f *finder) asked(pkg *packages.Package) {
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeAssertExpr:
				if n.Type != nil {
					f.add(pkg.TypesInfo.TypeOf(n.Type))
				}
			case *ast.TypeSwitchStmt:
				for _, clause := range n.Body.List {
					for _, t := range clause.(*ast.CaseClause).List {
						f.add(pkg.TypesInfo.TypeOf(t))
					}
				}
			case *ast.CallExpr:
				for _, arg := range n.Args {
					if p, ok := pkg.TypesInfo.TypeOf(arg).(*types.Pointer); ok {
						f.add(p.Elem())
					}
				}
			case *ast.IndexExpr: // errors.AsType[T], reflect.TypeFor[T]
				if tv := pkg.TypesInfo.Types[n.Index]; tv.IsType() {
					f.add(tv.Type)
				}
			}
			return true
		})
	}
}

// add adds the methods of an interface.
func (f *finder) add(t types.Type) {
	if t == nil {
		return
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.TypeParams().Len() > 0 {
		return
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok || !iface.IsMethodSet() {
		return
	}
	for m := range iface.Methods() {
		if m.Exported() && f.nameable(m.Signature()) {
			key := m.Name() + " " + spelled(m.Signature(), (*types.Package).Path)
			if f.found[key] == nil {
				f.found[key] = &method{name: m.Name(), sig: m.Signature()}
			}
		}
	}
}

// nameable reports whether all types in t are exported by packages that scripts can import, so that a
// script can have such a method.
func (f *finder) nameable(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return t.Kind() != types.UnsafePointer
	case *types.Named:
		pkg := t.Obj().Pkg()
		for arg := range t.TypeArgs().Types() {
			if !f.nameable(arg) {
				return false
			}
		}
		return pkg == nil || t.Obj().Exported() && f.open[pkg.Path()]
	case *types.Map:
		return f.nameable(t.Key()) && f.nameable(t.Elem())
	case interface{ Elem() types.Type }:
		return f.nameable(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			if !f.nameable(v.Type()) {
				return false
			}
		}
		return true
	case *types.Signature:
		return f.nameable(t.Params()) && f.nameable(t.Results())
	case *types.Struct:
		return t.NumFields() == 0
	case *types.Interface:
		return t.NumMethods() == 0
	}
	return false
}

// methods are those that have been found, by page and name.
func (f *finder) methods() []*method {
	var all []*method
	last := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(f.found)) {
		m := f.found[key]
		m.page = last[m.name]
		last[m.name]++
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b *method) int {
		if a.page != b.page {
			return a.page - b.page
		}
		return strings.Compare(a.name, b.name)
	})
	return all
}
