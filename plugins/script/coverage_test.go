package script

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"
)

// kinds are the statements and expressions of go/ast, with the operators of those that have one. Each
// must stand in the body of a program's main, which is run by itself, in a closure, in a loop, in a
// deferred function and in a goroutine.
var kinds = []string{
	"AssignStmt =", "AssignStmt :=", "AssignStmt +=", "AssignStmt -=", "AssignStmt *=", "AssignStmt /=", "AssignStmt %=",
	"AssignStmt &=", "AssignStmt |=", "AssignStmt ^=", "AssignStmt <<=", "AssignStmt >>=", "AssignStmt &^=",
	"BlockStmt", "BranchStmt break", "BranchStmt continue", "BranchStmt goto", "BranchStmt fallthrough",
	"CaseClause", "CommClause", "DeclStmt", "DeferStmt", "EmptyStmt", "ExprStmt", "ForStmt", "GoStmt", "IfStmt",
	"IncDecStmt ++", "IncDecStmt --", "LabeledStmt", "RangeStmt", "ReturnStmt", "SelectStmt", "SendStmt", "SwitchStmt",
	"TypeSwitchStmt",
	"ArrayType", "BasicLit INT", "BasicLit FLOAT", "BasicLit IMAG", "BasicLit CHAR", "BasicLit STRING", "CallExpr", "ChanType",
	"BinaryExpr +", "BinaryExpr -", "BinaryExpr *", "BinaryExpr /", "BinaryExpr %", "BinaryExpr &", "BinaryExpr |",
	"BinaryExpr ^", "BinaryExpr <<", "BinaryExpr >>", "BinaryExpr &^", "BinaryExpr &&", "BinaryExpr ||", "BinaryExpr ==",
	"BinaryExpr !=", "BinaryExpr <", "BinaryExpr <=", "BinaryExpr >", "BinaryExpr >=",
	"CompositeLit", "Ellipsis", "FuncLit", "FuncType", "Ident", "IndexExpr", "IndexListExpr", "InterfaceType",
	"KeyValueExpr", "MapType", "ParenExpr", "SelectorExpr", "SliceExpr", "StarExpr", "StructType", "TypeAssertExpr",
	"UnaryExpr +", "UnaryExpr -", "UnaryExpr !", "UnaryExpr ^", "UnaryExpr &", "UnaryExpr <-",
}

func TestProgramsHoldEveryKindOfStatementAndExpression(t *testing.T) {
	found := map[string]bool{}
	for _, p := range readDiffPrograms(t) {
		f, err := parser.ParseFile(token.NewFileSet(), p.name, "package p\nfunc main() {"+p.body+"}", 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if n != nil {
				found[kindOf(n)] = true
			}
			return true
		})
	}
	for _, k := range kinds {
		if !found[k] {
			t.Errorf("no program has a %s", k)
		}
	}
}

func kindOf(n ast.Node) string {
	name := reflect.TypeOf(n).Elem().Name()
	switch n := n.(type) {
	case *ast.AssignStmt:
		return fmt.Sprint(name, " ", n.Tok)
	case *ast.BranchStmt:
		return fmt.Sprint(name, " ", n.Tok)
	case *ast.IncDecStmt:
		return fmt.Sprint(name, " ", n.Tok)
	case *ast.BasicLit:
		return fmt.Sprint(name, " ", n.Kind)
	case *ast.BinaryExpr:
		return fmt.Sprint(name, " ", n.Op)
	case *ast.UnaryExpr:
		return fmt.Sprint(name, " ", n.Op)
	}
	return name
}
