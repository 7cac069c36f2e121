package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
)

// The border to the interpreter lies where a script waits. The flow of a handler is the interpreter's:
// hooks, initialisations, what go starts, and whatever waits itself. What is computed in between is
// native, and called as native code.

// begins reports whether fn is where a flow begins.
func (vm *Program) begins(fn *ssa.Function) bool {
	if fn.Name() == "init" || strings.HasPrefix(fn.Name(), "init#") {
		return fn.Signature.Recv() == nil
	}
	if isHook(fn) || fn == vm.main.Func("ServeHTTP") {
		return true
	}
	if f, ok := fn.Object().(*types.Func); ok {
		return vm.started[f.Origin()]
	}
	return fn.Parent() != nil && vm.started[fn.Syntax()]
}

// isWait reports whether an instruction is one at which a script waits, or may.
func isWait(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.Send, *ssa.Select:
		return true
	case *ssa.UnOp:
		return in.Op == token.ARROW
	case ssa.CallInstruction:
		if _, ok := in.(*ssa.Go); ok {
			return false
		}
		fn := in.Common().StaticCallee()
		return fn != nil && fn.Blocks == nil && (library.WaitsItself(fn.Object()) || library.Receives(fn.Object()))
	}
	return false
}

// hears notes that what is being compiled waits for the client: a loop around it is the interpreter's, each
// round of it, and not only the function.
func (c *compiler) hears(in ssa.Instruction) {
	if call, ok := in.(*ssa.Call); ok && call.Call.StaticCallee() != nil {
		c.node.hears = c.node.hears || library.Receives(call.Call.StaticCallee().Object())
	}
}

// started are the functions that go statements start, as *types.Func or as *ast.FuncLit.
type started map[any]bool

func (s started) note(src Source) {
	for _, f := range src.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				s.add(src.Info, ast.Unparen(g.Call.Fun))
			}
			return true
		})
	}
}

func (s started) add(info *types.Info, fun ast.Expr) {
	switch f := fun.(type) {
	case *ast.FuncLit:
		s[f] = true
	case *ast.Ident:
		s.use(info.Uses[f])
	case *ast.SelectorExpr:
		s.use(info.Uses[f.Sel])
	case *ast.IndexExpr:
		s.add(info, ast.Unparen(f.X))
	case *ast.IndexListExpr:
		s.add(info, ast.Unparen(f.X))
	}
}

func (s started) use(o types.Object) {
	if f, ok := o.(*types.Func); ok {
		s[f.Origin()] = true
	}
}
