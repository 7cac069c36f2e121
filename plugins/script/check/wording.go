package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// asCompiler is an error of go/types as the compiler has it, if that names other places.
func asCompiler(prog *Program, e types.Error) (types.Error, bool) {
	text, line, jumps := strings.Cut(e.Msg, " jumps over variable declaration at line ")
	switch {
	case jumps:
		e.Msg = text + " jumps over " + declarationAt(prog, e.Pos, line)
	case strings.HasPrefix(e.Msg, "in call to ") && strings.Contains(e.Msg, ", cannot infer "):
		e.Pos = parenthesis(prog, e.Pos)
	case strings.HasPrefix(e.Msg, "invalid operation: ") && strings.Contains(e.Msg, " arguments for "):
		e.Pos = callAround(prog, e.Pos)
	default:
		return e, false
	}
	return e, true
}

// declarationAt is what the compiler calls the variable declaration in a line, after pos in its file.
func declarationAt(prog *Program, pos token.Pos, line string) string {
	text := "variable declaration at line " + line
	for _, f := range prog.files {
		if pos < f.FileStart || pos >= f.FileEnd {
			continue
		}
		found := false
		ast.Inspect(f, func(n ast.Node) bool {
			name, at := declared(n)
			if found || name == "" || at < pos || strconv.Itoa(prog.fset.Position(at).Line) != line {
				return !found
			}
			text, found = "declaration of "+name+" at "+prog.fset.Position(at).String(), true
			return false
		})
	}
	return text
}

// declared is the names that a statement declares, and where the compiler says that is; "": it is no
// declaration.
func declared(n ast.Node) (name string, at token.Pos) {
	switch n := n.(type) {
	case *ast.ValueSpec:
		return n.Names[0].Name, n.Names[0].Pos()
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			names := make([]string, len(n.Lhs))
			for i, e := range n.Lhs {
				names[i] = types.ExprString(e)
			}
			return strings.Join(names, ", "), n.TokPos
		}
	}
	return "", token.NoPos
}

// parenthesis is where the arguments of the call at pos begin, which is where the compiler says it is.
func parenthesis(prog *Program, pos token.Pos) token.Pos {
	at := pos
	for _, f := range prog.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && call.Pos() == pos && at == pos {
				at = call.Lparen
			}
			return true
		})
	}
	return at
}

// callAround is the beginning of the innermost call around pos, which is where the compiler says that one
// of a built-in function is.
func callAround(prog *Program, pos token.Pos) token.Pos {
	at := pos
	for _, f := range prog.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && call.Pos() <= pos && pos <= call.Rparen {
				at = call.Pos()
			}
			return true
		})
	}
	return at
}
