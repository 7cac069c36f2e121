package lower

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// site is a place in the script.
type site struct {
	code *Code
	pos  pos
}

// String is "file:line:col function".
func (s *site) String() string { return s.position().String() + " " + s.code.name }

func (s *site) position() token.Position { return s.code.vm.fset.Position(s.pos) }

// calls is where g is, the innermost call first. Of very many it leaves out all but the first ones and
// the last: then there is a nil.
func (g *G) calls() (list []*site) {
	const most = 10
	var last *site
	for fr := g.top; fr != nil; fr = fr.caller {
		switch {
		case fr.site == nil: // it keeps the operands of a deferred call
		case len(list) < most:
			list = append(list, fr.site)
		default:
			last = fr.site
		}
	}
	if last != nil {
		list = append(list, nil, last)
	}
	return list
}

// stackText has the calls on one line. Of very many it, too, leaves some out.
func stackText(list []*site) string {
	if most := 20; len(list) > most {
		list = append(append(list[:most:most], nil), list[len(list)-1])
	}
	parts := make([]string, len(list))
	for i, s := range list {
		if parts[i] = "…"; s != nil {
			parts[i] = s.String()
		}
	}
	return strings.Join(parts, " ← ")
}

// loopSite is where the loop stands that goes back from one block to another: the statement, as far as
// that can be told.
func (c *compiler) loopSite(from, to *ssa.BasicBlock) *site {
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
		return &site{c.code, loop.Pos()}
	case inside.IsValid():
		return &site{c.code, inside}
	}
	return &site{c.code, c.fn.Pos()}
}

// Failure is an error that a hook has returned, with where. It asks the script's own errors nothing
// that could fail.
type Failure struct {
	err  error
	text string
	at   *site
}

// failure makes what the host is given of an error.
func (g *G) failure(err error) error {
	if err == nil || g.returned == nil {
		return err
	}
	return &Failure{err, err.Error(), g.returned}
}

// Error is "file:line:col: what".
func (f *Failure) Error() string { return fmt.Sprintf("%v: %s", f.at.position(), f.text) }

// Is is errors.Is of the script's error.
func (f *Failure) Is(target error) (is bool) {
	defer func() { _ = recover() }() // the script's own Is may panic
	return errors.Is(f.err, target)
}

// As is errors.As of the script's error.
func (f *Failure) As(target any) (is bool) {
	defer func() { _ = recover() }() // the script's own As may panic
	return errors.As(f.err, target)
}
