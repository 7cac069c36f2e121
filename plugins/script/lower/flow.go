package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
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
		return fn != nil && fn.Blocks == nil && waitsItself(fn.Object())
	}
	return false
}

// receiving are the methods of package wsh that wait for the client to say something.
var receiving = []string{"ReceiveMessage", "ReceiveTimeout", "Receive", "Each", "ReadRaw"}

func waitsItself(o types.Object) bool {
	if o == nil || o.Pkg() == nil {
		return false
	}
	if o.Pkg().Path() == wshPath {
		return slices.Contains(receiving, o.Name())
	}
	return o.Name() == "Sleep" || o.Name() == "Wait"
}

// waits notes that what is being compiled may wait.
func (c *compiler) waits(in ssa.Instruction) { c.node.waits = c.node.waits || isWait(in) }

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
