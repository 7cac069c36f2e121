package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"wshd/plugins/nearest"
)

// meant says what the author perhaps meant where the type checker found an error; "": nothing is known.
func (prog *Program) meant(e types.Error) string {
	switch {
	case strings.Contains(e.Msg, " undefined (type ") && strings.Contains(e.Msg, " has no field or method "), strings.HasPrefix(e.Msg, "undefined: "):
		if s := prog.selectorAt(e.Pos); s != nil {
			if name := nearest.To(s.Sel.Name, prog.selectable(s.X)); name != "" {
				return "did you mean " + name + "?"
			}
		}
	case bytesAsText.MatchString(e.Msg):
		return "SendBinary takes []byte"
	case textAsBytes.MatchString(e.Msg):
		return "SendText takes a string"
	}
	return ""
}

var (
	bytesAsText = regexp.MustCompile(`^cannot use .* \[\]byte\)? .*as string value in argument to .*\.SendText$`)
	textAsBytes = regexp.MustCompile(`^cannot use .*\b(type|untyped) string.* as \[\]byte value in argument to .*\.SendBinary$`)
)

// selectorAt is the selector whose name stands at pos.
func (prog *Program) selectorAt(pos token.Pos) (found *ast.SelectorExpr) {
	for _, f := range prog.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Pos() == pos {
				found = s
			}
			return found == nil
		})
	}
	return found
}

// selectable are the names that can stand behind x and a dot.
func (prog *Program) selectable(x ast.Expr) (names []string) {
	if id, ok := x.(*ast.Ident); ok {
		if pkg, ok := prog.info.Uses[id].(*types.PkgName); ok {
			return slices.DeleteFunc(pkg.Imported().Scope().Names(), func(name string) bool { return !token.IsExported(name) })
		}
	}
	t := prog.info.Types[x].Type
	if t == nil {
		return nil
	}
	add := func(o types.Object) {
		if o.Exported() || o.Pkg() == prog.pkg || o.Pkg() != nil && o.Pkg().Path() == "main" {
			names = append(names, o.Name())
		}
	}
	set := types.NewMethodSet(t)
	if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) {
		set = types.NewMethodSet(types.NewPointer(t))
	}
	for m := range set.Methods() {
		add(m.Obj())
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			add(f)
		}
	}
	return names
}

// withMeant adds to an error what was perhaps meant.
func (prog *Program) withMeant(e types.Error) types.Error {
	if hint := prog.meant(e); hint != "" {
		e.Msg = fmt.Sprintf("%s; %s", e.Msg, hint)
	}
	return e
}
