package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"wshd/plugins/script/std"
)

// rewrite changes what go/ssa would build otherwise than the compiler does: a loop over an array that
// wants no elements does not look at the array, which may be behind a nil pointer.
func rewrite(s Source) {
	if std.FromSource(s.Pkg.Path()) != nil {
		return // shared by all scripts, and has no such loop
	}
	for _, f := range s.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if !ok || loop.Value != nil && !isBlank(loop.Value) || s.Info.Types[loop.X].Type == nil {
				return true
			}
			if array, ok := arrayOf(s.Info.Types[loop.X].Type); ok && !hasEffects(loop.X) {
				n := array.Len()
				lit := &ast.BasicLit{ValuePos: loop.X.Pos(), Kind: token.INT, Value: strconv.FormatInt(n, 10)}
				s.Info.Types[lit] = types.TypeAndValue{Type: types.Typ[types.Int], Value: constant.MakeInt64(n)}
				loop.X, loop.Value = lit, nil
			}
			return true
		})
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// arrayOf is the array that t is, or points to.
func arrayOf(t types.Type) (*types.Array, bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	a, ok := t.Underlying().(*types.Array)
	return a, ok
}

// hasEffects reports whether evaluating e calls or receives.
func hasEffects(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}
