package check

import (
	"fmt"
	"go/ast"
	"go/token"
)

// Advice is something in a script that loads and that its author may not want.
type Advice struct {
	Pos  token.Position
	Text string
}

// String is the advice with its position.
func (a Advice) String() string { return a.Pos.String() + ": " + a.Text }

// Advise looks through the script in file, without the packages that it imports. Today it finds what init starts and
// nothing ends.
func Advise(file string) ([]Advice, error) {
	src, err := parse(Config{}, file)
	if err != nil {
		return nil, err
	}
	a := adviser{funcs: map[string]*ast.FuncDecl{}, seen: map[*ast.FuncDecl]bool{}, fset: src.fset}
	var inits []*ast.FuncDecl
	for _, f := range src.files {
		if mentions(f, "wsh", "VersionContext") {
			return nil, nil
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				inits = append(inits, fn)
			} else if ok && fn.Recv == nil {
				a.funcs[fn.Name.Name] = fn
			}
		}
	}
	for _, fn := range inits {
		a.look(fn)
	}
	return a.found, nil
}

// adviser goes through what init calls.
type adviser struct {
	fset  *token.FileSet
	funcs map[string]*ast.FuncDecl
	seen  map[*ast.FuncDecl]bool
	found []Advice
}

// timers are what of package time goes on by itself.
var timers = map[string]bool{"AfterFunc": true, "NewTicker": true, "Tick": true}

func (a *adviser) look(fn *ast.FuncDecl) {
	if a.seen[fn] || fn.Body == nil {
		return
	}
	a.seen[fn] = true
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			a.add(n, "a goroutine")
			return false
		case *ast.CallExpr:
			if pkg, name, ok := selector(n.Fun); ok && pkg == "time" && timers[name] {
				a.add(n, "a timer")
			}
			if called, ok := n.Fun.(*ast.Ident); ok && a.funcs[called.Name] != nil {
				a.look(a.funcs[called.Name])
			}
		}
		return true
	})
}

func (a *adviser) add(n ast.Node, what string) {
	a.found = append(a.found, Advice{a.fset.Position(n.Pos()), fmt.Sprintf(
		"init starts %s that goes on when this version is replaced, beside that of the next: end it with wsh.VersionContext()", what)})
}

// selector is a name in another package, as it is written.
func selector(e ast.Expr) (pkg, name string, ok bool) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", "", false
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return "", "", false
	}
	return x.Name, s.Sel.Name, true
}

func mentions(f *ast.File, pkg, name string) (yes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if e, ok := n.(*ast.SelectorExpr); ok {
			p, s, ok := selector(e)
			yes = yes || ok && p == pkg && s == name
		}
		return !yes
	})
	return yes
}
