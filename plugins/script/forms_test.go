package script

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"
)

// formFinder notes the forms in a piece of code.
type formFinder struct {
	info   *types.Info
	found  map[string]bool
	called map[ast.Expr]bool // what stands before parentheses
}

func (f *formFinder) is(format string, args ...any) { f.found[fmt.Sprintf(format, args...)] = true }

func (f *formFinder) find(body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		f.is("%s", reflect.TypeOf(n).Elem().Name())
		f.is("%s", kindOf(n))
		switch n := n.(type) {
		case ast.Stmt:
			f.statement(n)
		case ast.Expr:
			f.expression(n)
		}
		return true
	})
}

// kindOf is a node's type with its operator.
func kindOf(n ast.Node) string {
	name := reflect.TypeOf(n).Elem().Name()
	for _, field := range []string{"Tok", "Op", "Kind"} {
		if v := reflect.ValueOf(n).Elem().FieldByName(field); v.IsValid() {
			return fmt.Sprint(name, " ", v.Interface())
		}
	}
	return name
}

func (f *formFinder) statement(n ast.Stmt) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		f.is("range over %s%s", f.over(n.X), f.loopVars(n))
	case *ast.ForStmt:
		f.is("%s", strings.TrimRight("for "+parts(n), " "))
	case *ast.SelectStmt:
		f.selects(n)
	case *ast.IfStmt:
		f.when(n.Init != nil, "if init")
		_, elseIf := n.Else.(*ast.IfStmt)
		f.when(elseIf, "if else if")
		f.when(n.Else != nil && !elseIf, "if else")
	case *ast.SwitchStmt:
		f.when(n.Init != nil && n.Tag == nil, "switch init")
		f.when(n.Init != nil && n.Tag != nil, "switch init; tag")
		f.when(n.Init == nil && n.Tag != nil, "switch tag")
		f.when(n.Init == nil && n.Tag == nil, "switch")
		f.when(len(n.Body.List) == 0, "switch without cases")
		for _, c := range n.Body.List {
			f.when(c.(*ast.CaseClause).List == nil, "switch default")
			f.when(len(c.(*ast.CaseClause).List) > 1, "case list")
		}
	case *ast.TypeSwitchStmt:
		f.typeSwitch(n)
	case *ast.AssignStmt:
		f.assignment(n)
	case *ast.IncDecStmt:
		f.is("++ of %s", f.place(n.X))
	case *ast.GoStmt:
		f.is("go %s", f.callee(n.Call))
	case *ast.DeferStmt:
		f.is("defer %s", f.callee(n.Call))
	case *ast.LabeledStmt:
		name := strings.TrimSuffix(reflect.TypeOf(n.Stmt).Elem().Name(), "Stmt")
		f.is("labelled %s", strings.ToLower(name))
	case *ast.BranchStmt:
		f.when(n.Label != nil, n.Tok.String()+" label")
	case *ast.ReturnStmt:
		f.is("return%s", map[bool]string{true: " values"}[len(n.Results) > 0])
	}
}

func (f *formFinder) when(is bool, form string) {
	if is {
		f.is("%s", form)
	}
}

func parts(n *ast.ForStmt) string {
	if n.Init == nil && n.Post == nil {
		return map[bool]string{true: "cond"}[n.Cond != nil]
	}
	s := map[bool]string{true: "init"}[n.Init != nil] + ";" + map[bool]string{true: " cond"}[n.Cond != nil] + ";" + map[bool]string{true: " post"}[n.Post != nil]
	return strings.Replace(s, ";;", "; ;", 1)
}

func (f *formFinder) over(x ast.Expr) string {
	tv := f.info.Types[x]
	switch u := tv.Type.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return "string"
		case tv.Value != nil:
			return "constant"
		}
		return "integer"
	case *types.Pointer:
		return "array pointer"
	case *types.Chan:
		return "channel"
	case *types.Signature:
		return fmt.Sprint("function of ", u.Params().At(0).Type().Underlying().(*types.Signature).Params().Len())
	default:
		return strings.ToLower(reflect.TypeOf(u).Elem().Name())
	}
}

func (f *formFinder) loopVars(n *ast.RangeStmt) string {
	switch key, _ := n.Key.(*ast.Ident); {
	case n.Key == nil:
		return ""
	case n.Value == nil:
		return " k " + n.Tok.String()
	case key != nil && key.Name == "_":
		return " _, v " + n.Tok.String()
	}
	return " k, v " + n.Tok.String()
}

func (f *formFinder) selects(n *ast.SelectStmt) {
	cases := n.Body.List
	f.when(len(cases) == 0, "select without cases")
	f.when(len(cases) == 1, "select of one")
	f.when(len(cases) > 2, "select of many")
	for _, c := range cases {
		switch comm := c.(*ast.CommClause).Comm.(type) {
		case nil:
			f.is("select with default%s", map[bool]string{true: " only"}[len(cases) == 1])
		case *ast.SendStmt:
			f.is("select with send")
		case *ast.ExprStmt:
			f.is("select with receive")
		case *ast.AssignStmt:
			f.is("select with receive%s %s", map[bool]string{true: ", ok"}[len(comm.Lhs) == 2], comm.Tok)
		}
	}
}

func (f *formFinder) typeSwitch(n *ast.TypeSwitchStmt) {
	f.when(n.Init != nil, "type switch init")
	_, defines := n.Assign.(*ast.AssignStmt)
	f.is("type switch%s", map[bool]string{true: " :="}[defines])
	for _, c := range n.Body.List {
		list := c.(*ast.CaseClause).List
		f.when(len(list) > 1, "type switch of several types")
		for _, e := range list {
			f.when(f.info.Types[e].IsNil(), "type switch nil")
		}
	}
}

func (f *formFinder) assignment(n *ast.AssignStmt) {
	verb := "assign"
	if n.Tok == token.DEFINE {
		verb = "define"
	}
	if len(n.Lhs) > 1 && len(n.Rhs) == 1 {
		switch ast.Unparen(n.Rhs[0]).(type) {
		case *ast.CallExpr:
			f.is("%s from call", verb)
		case *ast.IndexExpr:
			f.is("%s from map, ok", verb)
		case *ast.UnaryExpr:
			f.is("%s from channel, ok", verb)
		case *ast.TypeAssertExpr:
			f.is("%s from assertion, ok", verb)
		}
	}
	for _, l := range n.Lhs {
		id, _ := l.(*ast.Ident)
		switch {
		case n.Tok == token.DEFINE:
			f.when(id.Name != "_" && f.info.Defs[id] == nil, "redefine")
		case n.Tok == token.ASSIGN:
			f.is("assign to %s", f.place(l))
		default:
			f.is("op-assign to %s", f.place(l))
		}
	}
	f.when(len(n.Lhs) > 1 && len(n.Lhs) == len(n.Rhs), "assign many")
}

func (f *formFinder) place(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if e.Name == "_" {
			return "_"
		}
		return "variable"
	case *ast.StarExpr:
		return "pointer"
	case *ast.SelectorExpr:
		if _, ok := f.info.Types[e.X].Type.Underlying().(*types.Pointer); ok {
			f.is("assign to pointer's field")
		}
		return "field"
	case *ast.IndexExpr:
		if over := f.over(e.X); over == "array pointer" {
			return "array pointer's element"
		} else {
			return over + " element"
		}
	}
	return "?"
}
