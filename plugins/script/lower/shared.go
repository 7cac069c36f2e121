package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"wshd/plugins/script/library"
	"wshd/plugins/script/std"
)

// opened reports whether a package is open to another, "" being the script.
func (vm *Program) opened(path, from string) bool {
	return vm.Limits.Opened == nil || vm.Limits.Opened(path, from)
}

// refuseShared refuses what a source mentions that is not open to it, and what it writes that is not its own.
func (vm *Program) refuseShared(s Source) {
	if std.FromSource(s.Pkg.Path()) != nil {
		return
	}
	vm.refused = append(vm.refused, Closed(s.Info, func(path string) bool { return vm.opened(path, s.Pkg.Path()) })...)
	for _, f := range s.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				vm.refuseWrites(s, n.Lhs...)
			case *ast.IncDecStmt:
				vm.refuseWrites(s, n.X)
			case *ast.RangeStmt:
				vm.refuseWrites(s, n.Key, n.Value)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					vm.refuseWrites(s, n.X)
				}
			}
			return true
		})
	}
	slices.SortFunc(vm.refused, func(a, b Refusal) int { return int(a.Pos - b.Pos) })
}

// Closed refuses what files mention that does what a package is closed for.
func Closed(files *types.Info, opened func(path string) bool) (refused []Refusal) {
	for id, obj := range files.Uses {
		if opens := library.Opens(library.ObjectName(obj)); opens != "" && !opened(opens) {
			no := closedFunc.refusal(library.ObjectName(obj), opens, opens)
			refused = append(refused, Refusal{Pos: id.Pos(), Msg: no.msg, Closed: true})
		}
	}
	return refused
}

// refuseWrites refuses what is written, or whose address is taken, if it is a variable of a package that is
// not run from source, lies in one, or where one leads.
func (vm *Program) refuseWrites(s Source, list ...ast.Expr) {
	for _, e := range list {
		for e != nil {
			var next ast.Expr
			switch x := e.(type) {
			case *ast.ParenExpr:
				next = x.X
			case *ast.StarExpr:
				next = x.X
			case *ast.TypeAssertExpr:
				next = x.X
			case *ast.IndexExpr:
				next = x.X
			case *ast.SelectorExpr:
				if v, ok := s.Info.Uses[x.Sel].(*types.Var); !ok || v.IsField() {
					next = x.X
				} else if !vm.Own[v.Pkg()] {
					vm.refused = append(vm.refused, Refusal{Pos: x.Pos(), Msg: sharedVar.refusal(v.Pkg().Path() + "." + v.Name()).msg})
				}
			}
			e = next
		}
	}
}
