package script

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"slices"
	"strings"

	"github.com/traefik/yaegi/interp"
)

// The interpreter keeps a select's cases with the statement, not with the call: with connections at
// the same time a value goes to the wrong one, and break leaves the loop around. So a select becomes
// a native call and a switch,
//
//	c0, c1 := ticker.C, receiver.C; i := wshd_choose.Receive(false, &c0, &c1); switch i {
//	case 0: now := <-c0; …
//
// which waits and puts, for the channel that was chosen, one in its place that holds just what was
// received. Types are thus inferred, and values pass through no interface.

const choosePath = "wshd/choose"

// edit replaces part of a file, from one offset to another.
type edit struct {
	from, to int
	text     string
}

// refuseSelect refuses what selectEdits does not turn.
func (r refuser) refuseSelect(n *ast.SelectStmt) {
	if len(n.Body.List) == 0 {
		r.add(n.Pos(), "select without cases waits for ever: wait for r.Context().Done()")
	}
	for _, clause := range n.Body.List {
		comm := clause.(*ast.CommClause).Comm
		if send, ok := comm.(*ast.SendStmt); ok {
			r.add(send.Pos(), "sending in a select cannot be had in scripts yet: use wsh.NewMessageSender")
			continue
		}
		if from := receiveFrom(comm); from != nil {
			ast.Inspect(from.X, func(in ast.Node) bool {
				if f, ok := in.(*ast.FuncLit); ok {
					r.add(f.Pos(), "a function literal in the case of a select cannot be had in scripts yet: declare it before")
				}
				return true
			})
		}
	}
}

// receiveFrom finds the <-c in a case; nil for default.
func receiveFrom(comm ast.Stmt) *ast.UnaryExpr {
	var x ast.Expr
	switch comm := comm.(type) {
	case *ast.ExprStmt:
		x = comm.X
	case *ast.AssignStmt:
		x = comm.Rhs[0]
	default:
		return nil
	}
	from, _ := ast.Unparen(x).(*ast.UnaryExpr)
	return from
}

// selectEdits are the edits that turn the selects of a file. Lines stay where they are.
func selectEdits(fset *token.FileSet, f *ast.File, text []byte) []edit {
	var edits []edit
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		if !ok {
			return true
		}
		var names, channels, pointers []string
		for _, c := range s.Body.List {
			clause := c.(*ast.CommClause)
			from := receiveFrom(clause.Comm)
			if from == nil {
				continue // default stays default
			}
			name := fmt.Sprintf("select%d_%d", at(s.Pos()), len(names))
			x := text[at(from.X.Pos()):at(from.X.End())]
			edits = append(edits,
				edit{at(clause.Case), at(clause.Case) + len("case"), fmt.Sprintf("case %d: ", len(names))},
				edit{at(from.X.Pos()), at(from.X.End()), name + strings.Repeat("\n", strings.Count(string(x), "\n"))},
				edit{at(clause.Colon), at(clause.Colon) + 1, ";"})
			names = append(names, name)
			channels = append(channels, strings.ReplaceAll(string(x), "\n", " "))
			pointers = append(pointers, "&"+name)
		}
		index := fmt.Sprintf("select%d", at(s.Pos()))
		pointers = append([]string{fmt.Sprint(len(names) < len(s.Body.List))}, pointers...)
		head := ""
		if len(names) > 0 {
			head = strings.Join(names, ", ") + " := " + strings.Join(channels, ", ") + "; "
		}
		head += index + " := wshd_choose.Receive(" + strings.Join(pointers, ", ") + "); switch " + index + " "
		edits = append(edits, edit{at(s.Select), at(s.Body.Lbrace), head})
		return true
	})
	return edits
}

// apply makes the edits, none of which may overlap.
func apply(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return b.from - a.from })
	for _, e := range edits {
		text = slices.Replace(text, e.from, e.to, []byte(e.text)...)
	}
	return text
}

// chooseExports is what turned selects call.
func chooseExports() interp.Exports {
	return interp.Exports{choosePath + "/choose": {"Receive": reflect.ValueOf(receiveOne)}, "a/a": {}}
}

// receiveOne waits until one of the channels that the pointers point to has something, receives it,
// and puts in that channel's place one that holds it, or is closed as the other is. With ready it
// does not wait: -1 says that there was nothing.
func receiveOne(ready bool, pointers ...any) int {
	var cases []reflect.SelectCase
	for _, p := range pointers {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(p).Elem()})
	}
	if ready {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	i, v, ok := reflect.Select(cases)
	if i == len(pointers) {
		return -1
	}
	place := cases[i].Chan
	held := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, place.Type().Elem()), 1)
	if ok {
		held.Send(v)
	} else {
		held.Close()
	}
	place.Set(held.Convert(place.Type()))
	return i
}
