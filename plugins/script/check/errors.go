package check

import (
	"cmp"
	"errors"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Error is one thing that keeps a script from being loaded, where it stands.
type Error struct {
	Pos token.Position // with the file as it was named to Script
	Msg string         // worded as the Go compiler words it, where it has words for it

	// Compiled says that Go's compiler would take it: it is only not interpreted.
	Compiled bool
}

// Error is "file:line:col: message".
func (e Error) Error() string {
	if !e.Pos.IsValid() {
		return e.Pos.Filename + ": " + e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

// Errors are all that keep a script from being loaded, in the order of their positions, at most ten.
type Errors []Error

// Error has one line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

const maxErrors = 10

// Problems collects errors until one of the steps asks whether there were any.
type Problems struct {
	Fset *token.FileSet
	list Errors
}

// Add takes what is wrong at pos.
func (p *Problems) Add(pos token.Pos, msg string) {
	p.list = append(p.list, Error{Pos: p.Fset.Position(pos), Msg: msg})
}

// AddUncompiled takes what is wrong at pos only because the script is not compiled.
func (p *Problems) AddUncompiled(pos token.Pos, msg string) {
	p.list = append(p.list, Error{Pos: p.Fset.Position(pos), Msg: msg, Compiled: true})
}

// has reports whether something is wrong already in the line of pos.
func (p *Problems) has(pos token.Pos) bool {
	at := p.Fset.Position(pos)
	return slices.ContainsFunc(p.list, func(e Error) bool { return e.Pos.Filename == at.Filename && e.Pos.Line == at.Line })
}

// addType takes what go/types reports. A message that begins with a tab belongs to the one before.
func (p *Problems) addType(err error) {
	var e types.Error
	if !errors.As(err, &e) {
		p.list = append(p.list, Error{Msg: err.Error()})
		return
	}
	if strings.HasPrefix(e.Msg, "\t") && len(p.list) > 0 {
		last := &p.list[len(p.list)-1]
		if strings.HasPrefix(last.Msg, "label ") && strings.HasSuffix(last.Msg, " already defined") {
			last.Msg += " at " + e.Fset.Position(e.Pos).String()
			return
		}
		last.Msg += "\n" + e.Fset.Position(e.Pos).String() + ":" + e.Msg
		return
	}
	msg := reworded.Replace(e.Msg)
	if strings.HasPrefix(msg, "label ") { // which the compiler says to be defined
		msg = strings.ReplaceAll(msg, " declared", " defined")
	}
	p.Add(e.Pos, msg)
}

// reworded is what go/types says otherwise than the compiler.
var reworded = strings.NewReplacer("break not in for, switch, or select statement", "break is not in a loop, switch, or select",
	"continue not in for statement", "continue is not in a loop")

// Err returns what has been collected, sorted, without doubles, cut off at ten; nil if there is
// nothing.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Error) int {
		return cmp.Or(strings.Compare(a.Pos.Filename, b.Pos.Filename), a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
	})
	list := slices.Compact(p.list)
	if len(list) > maxErrors {
		list = append(list[:maxErrors:maxErrors], Error{Msg: "too many errors", Pos: token.Position{Filename: list[maxErrors].Pos.Filename}})
	}
	return list
}
