package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// refuse refuses what the interpreter would run otherwise than the compiler.
func refuse(prog *program) error {
	p := &problems{fset: prog.fset}
	for _, f := range prog.files {
		r := refuser{program: prog, problems: p}
		ast.Inspect(f, r.visit)
		refuseLoopVariables(prog, f, p)
	}
	return p.err()
}

type refuser struct {
	*program
	*problems
}

func (r refuser) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectStmt:
		r.refuseSelect(n)
	case *ast.LabeledStmt:
		if _, ok := n.Stmt.(*ast.SelectStmt); ok {
			r.add(n.Pos(), "a label on a select cannot be had in scripts yet: break leaves the select without one")
		}
	case *ast.GoStmt:
		r.add(n.Pos(), "go cannot be had in scripts yet: use wsh.NewMessageReceiver, wsh.NewMessageSender or a room")
	case *ast.DeferStmt:
		if len(n.Call.Args) > 0 {
			r.add(n.Pos(), "a deferred call with arguments cannot be had in scripts yet: write defer func() { f(x) }()")
		}
	case *ast.SwitchStmt:
		if n.Init != nil && n.Tag != nil {
			r.add(n.Pos(), "a switch with both a statement and a tag cannot be had in scripts yet: put the statement before it")
		}
	case *ast.FuncLit:
		for _, param := range n.Type.Params.List {
			if len(param.Names) == 0 {
				r.add(param.Pos(), "a function literal with unnamed parameters cannot be had in scripts yet: name them")
			}
		}
	case *ast.RangeStmt:
		r.rangeStmt(n)
	case *ast.CallExpr:
		r.call(n)
	case *ast.FuncType:
		if n.TypeParams != nil {
			r.add(n.Pos(), "generic functions cannot be had in scripts yet: write one for each type")
		}
	case *ast.TypeSpec:
		if n.TypeParams != nil {
			r.add(n.Pos(), "generic types cannot be had in scripts yet: write one for each type")
		}
	case *ast.SelectorExpr:
		if s := r.info.Selections[n]; s != nil && s.Kind() == types.MethodExpr {
			r.add(n.Pos(), "method expressions cannot be had in scripts yet: write a function that calls the method")
		}
	case *ast.Ident:
		if _, ok := r.info.Instances[n]; ok {
			r.add(n.Pos(), "the generic "+n.Name+" cannot be had in scripts yet: write a loop")
		}
	}
	return true
}

func (r refuser) rangeStmt(n *ast.RangeStmt) {
	elem := func(t types.Type) bool { _, ok := t.Underlying().(*types.Chan); return ok }
	bad := ""
	switch t := r.info.TypeOf(n.X).Underlying().(type) {
	case *types.Basic:
		if t.Info()&types.IsInteger != 0 {
			bad = "ranging over an integer: count with for i := 0; i < n; i++"
		}
	case *types.Signature:
		bad = "ranging over a function: call it"
	case *types.Slice:
		if elem(t.Elem()) {
			bad = "ranging over channels: count with an index"
		}
	case *types.Map:
		if elem(t.Elem()) {
			bad = "ranging over channels: put them into structs"
		}
	}
	if bad != "" {
		r.add(n.Pos(), "not to be had in scripts yet: "+bad)
	}
}

func (r refuser) call(n *ast.CallExpr) {
	id, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok {
		return
	}
	b, ok := r.info.Uses[id].(*types.Builtin)
	if !ok {
		return
	}
	switch b.Name() {
	case "min", "max", "clear":
		r.add(n.Pos(), b.Name()+" cannot be had in scripts yet: write it out")
	case "new":
		if !r.info.Types[n.Args[0]].IsType() {
			r.add(n.Pos(), "new of a value cannot be had in scripts yet: take the address of a variable")
		}
	}
}

// refuseLoopVariables refuses loops whose variables outlive an iteration: captured by a function or
// addressed.
func refuseLoopVariables(prog *program, f *ast.File, p *problems) {
	loops := map[types.Object]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		var lhs []ast.Expr
		switch n := n.(type) {
		case *ast.RangeStmt:
			lhs = []ast.Expr{n.Key, n.Value}
		case *ast.ForStmt:
			if init, ok := n.Init.(*ast.AssignStmt); ok {
				lhs = init.Lhs
			}
		}
		for _, x := range lhs {
			if id, ok := x.(*ast.Ident); ok && prog.info.Defs[id] != nil {
				loops[prog.info.Defs[id]] = true
			}
		}
		return true
	})
	const advice = " is captured in its loop, which cannot be had in scripts yet: hand it to a function as an argument"
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ast.Inspect(n.Body, func(in ast.Node) bool {
				if id, ok := in.(*ast.Ident); ok {
					if obj := prog.info.Uses[id]; obj != nil && loops[obj] && obj.Pos() < n.Pos() {
						p.add(id.Pos(), id.Name+advice)
					}
				}
				return true
			})
		case *ast.UnaryExpr:
			if id, ok := ast.Unparen(n.X).(*ast.Ident); ok && n.Op == token.AND && loops[prog.info.Uses[id]] {
				p.add(id.Pos(), id.Name+advice)
			}
		}
		return true
	})
}
