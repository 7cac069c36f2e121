package lower

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// loopSite is where the loop stands that goes back from one block to another: the statement, as far as
// that can be told.
func (c *compiler) loopSite(from, to *ssa.BasicBlock) *machine.Site {
	inside := token.NoPos
	for _, b := range []*ssa.BasicBlock{to, from} {
		for _, in := range b.Instrs {
			switch in.(type) {
			case *ssa.Phi, *ssa.Alloc: // these stand where their variable is declared
			default:
				if !inside.IsValid() {
					inside = in.Pos()
				}
			}
		}
	}
	var loop ast.Node // the innermost around what is inside, or else one with nothing inside
	fits := func(n ast.Node, body *ast.BlockStmt) bool {
		return inside.IsValid() && n.Pos() <= inside && inside < n.End() || !inside.IsValid() && len(body.List) == 0
	}
	if syntax := c.fn.Syntax(); syntax != nil {
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch l := n.(type) {
			case *ast.FuncLit:
				return n == syntax
			case *ast.ForStmt:
				if fits(n, l.Body) {
					loop = n
				}
			case *ast.RangeStmt:
				if fits(n, l.Body) {
					loop = n
				}
			}
			return true
		})
	}
	switch {
	case loop != nil:
		return &machine.Site{Code: c.code, Pos: loop.Pos()}
	case inside.IsValid():
		return &machine.Site{Code: c.code, Pos: inside}
	}
	return &machine.Site{Code: c.code, Pos: c.fn.Pos()}
}
