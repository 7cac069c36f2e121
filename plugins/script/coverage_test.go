package script

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script/check"
)

// TestProgramsHoldEveryForm wants every kind of statement and expression that go/ast knows, with every
// operator, and every form that the language gives a meaning of its own, in the body of some program's
// main: so it is run by itself, in a closure, in a loop, in a deferred function and in a goroutine.
func TestProgramsHoldEveryForm(t *testing.T) {
	wanted := slices.Concat(nodeKinds(t), operators(), rangeForms(), forms)
	found := map[string]map[string]bool{}
	for _, c := range diffContexts {
		found[c.name] = map[string]bool{}
	}
	for _, p := range readDiffPrograms(t) {
		file := filepath.Join(t.TempDir(), "p.go")
		if err := os.WriteFile(file, []byte(p.source("main")), 0o644); err != nil {
			t.Fatal(err)
		}
		prog, err := check.Package(check.Config{Imports: diffImports}, file)
		if err != nil {
			if p.refused != "" {
				continue
			}
			t.Fatalf("%s: %v", p.name, err)
		}
		all := prog.Sources()
		main := all[len(all)-1]
		for _, d := range main.Files[0].Decls {
			if f, ok := d.(*ast.FuncDecl); ok && found[f.Name.Name] != nil {
				(&formFinder{main.Info, found[f.Name.Name], map[ast.Expr]bool{}}).find(f.Body)
			}
		}
	}
	for _, form := range wanted {
		for context, has := range found {
			if !has[form] {
				t.Errorf("no program has %q in the context %s", form, context)
				break
			}
		}
	}
	t.Logf("%d forms", len(wanted))
}

// nodeKinds are the statements and expressions of go/ast, as its source declares them.
func nodeKinds(t *testing.T) (kinds []string) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("the go command is not here, nor is the source of go/ast")
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "src/go/ast/ast.go"), nil, 0)
	if err != nil {
		t.Skip(err)
	}
	for _, d := range f.Decls {
		m, ok := d.(*ast.FuncDecl)
		if !ok || m.Recv == nil || m.Name.Name != "exprNode" && m.Name.Name != "stmtNode" {
			continue
		}
		name := m.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
		if !strings.HasPrefix(name, "Bad") {
			kinds = append(kinds, name)
		}
	}
	if len(kinds) < 40 {
		t.Fatalf("found only %v in go/ast", kinds)
	}
	return kinds
}

// operators are what go/token has, wherever the parser takes them.
func operators() []string {
	takes := map[string]bool{}
	for tok := range token.Token(200) {
		op := tok.String()
		switch {
		case tok.IsOperator():
			for _, text := range []string{"x " + op + " y", op + " x", "x" + op} {
				f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() { "+text+" }", parser.SkipObjectResolution)
				if err != nil {
					continue
				}
				kind := kindOf(f.Decls[0].(*ast.FuncDecl).Body.List[0])
				if strings.HasPrefix(kind, "ExprStmt") {
					kind = kindOf(f.Decls[0].(*ast.FuncDecl).Body.List[0].(*ast.ExprStmt).X)
				}
				takes[kind] = strings.HasSuffix(kind, " "+op)
			}
		case slices.Contains([]token.Token{token.BREAK, token.CONTINUE, token.GOTO, token.FALLTHROUGH}, tok):
			takes["BranchStmt "+op] = true
		case slices.Contains([]token.Token{token.INT, token.FLOAT, token.IMAG, token.CHAR, token.STRING}, tok):
			takes["BasicLit "+op] = true
		case slices.Contains([]token.Token{token.VAR, token.CONST, token.TYPE}, tok):
			takes["GenDecl "+op] = true
		}
	}
	maps.DeleteFunc(takes, func(_ string, does bool) bool { return !does })
	return slices.Sorted(maps.Keys(takes))
}

// rangeForms are loops over everything, with all the variables that each allows.
func rangeForms() (list []string) {
	for _, over := range []string{"slice", "array", "array pointer", "string", "map", "function of 2"} {
		for _, vars := range []string{"", " k :=", " k =", " k, v :=", " k, v =", " _, v :="} {
			list = append(list, "range over "+over+vars)
		}
	}
	for _, over := range []string{"integer", "constant", "channel", "function of 1"} {
		for _, vars := range []string{"", " k :=", " k ="} {
			list = append(list, "range over "+over+vars)
		}
	}
	return append(list, "range over function of 0")
}

// forms are the other forms that have a meaning of their own.
var forms = []string{
	"select with send", "select with receive", "select with receive :=", "select with receive =", "select with receive, ok :=",
	"select with receive, ok =", "select with default", "select with default only", "select without cases", "select of one", "select of many",
	"for", "for cond", "for init; cond; post", "for init; cond;", "for ; cond; post", "for init; ; post",
	"if init", "if else", "if else if", "switch", "switch tag", "switch init", "switch init; tag", "switch default",
	"switch without cases", "type switch", "type switch :=", "type switch init", "type switch of several types", "type switch nil", "case list",
	"assign to variable", "assign to slice element", "assign to array element", "assign to array pointer's element", "assign to map element", "assign to field", "assign to pointer's field",
	"assign to pointer", "assign to _", "assign many", "assign from call", "assign from map, ok", "assign from channel, ok", "assign from assertion, ok",
	"op-assign to map element", "op-assign to field", "op-assign to pointer", "op-assign to slice element",
	"define from call", "define from map, ok", "define from channel, ok", "define from assertion, ok", "redefine",
	"++ of map element", "++ of field", "++ of pointer", "++ of slice element",
	"go function", "go literal", "go method", "go interface method", "go builtin", "go value", "defer function", "defer literal", "defer method",
	"defer interface method", "defer builtin", "defer value",
	"call append", "call cap", "call clear", "call close", "call complex", "call copy", "call delete", "call imag", "call len",
	"call make", "call max", "call min", "call new", "call panic", "call real", "call recover",
	"conversion", "call with list...", "call of generic", "call of generic instance", "call of literal", "call of result", "call with results of call",
	"literal of array", "literal of [...]array", "literal of slice", "literal of map", "literal of struct with names", "literal of struct in order",
	"literal with indices", "literal address", "literal without type", "literal without & and type",
	"index of slice", "index of array", "index of array pointer", "index of string", "index of map",
	"slice of slice", "slice of string", "slice of array", "slice of array pointer", "slice with max", "slice without low", "slice without high",
	"field", "promoted field", "method value", "interface method value", "method expression", "promoted method", "package's name",
	"assertion to type", "assertion to interface", "constant", "return", "return values",
	"labelled for", "labelled range", "labelled switch", "labelled select", "break label", "continue label",
}
