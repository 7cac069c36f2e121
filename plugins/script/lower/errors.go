package lower

import (
	"fmt"
	"go/token"
	"runtime"
	"strings"
)

type pos = token.Pos

// runtimeError is what the Go runtime would panic with.
type runtimeError string

func (e runtimeError) Error() string { return "runtime error: " + string(e) }

// RuntimeError makes it a runtime.Error.
func (e runtimeError) RuntimeError() {}

var _ runtime.Error = runtimeError("")

const errNil = runtimeError("invalid memory address or nil pointer dereference")

// plainError is a runtime error whose text has no prefix.
type plainError string

func (e plainError) Error() string { return string(e) }
func (e plainError) RuntimeError() {}

// stop ends a call for good: no script recovers it.
type stop struct{ why string }

// Panic is a panic of a script on its way out. It is what a hook's caller recovers.
type Panic struct {
	Value any // what the script panicked with, or a runtime.Error
	Stack []Call
	fatal bool
}

// Call is one call on the script's stack.
type Call struct {
	Func string
	Pos  token.Position
}

// Pos is where the script was.
func (p *Panic) Pos() token.Position {
	for _, c := range p.Stack {
		if c.Pos.IsValid() {
			return c.Pos
		}
	}
	return token.Position{}
}

// Error is "file:line:col: what".
func (p *Panic) Error() string {
	if at := p.Pos(); at.IsValid() {
		return at.String() + ": " + p.text()
	}
	return p.text()
}

// Unwrap is the error the script panicked with, if it was one.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

func (p *Panic) text() string {
	if p.fatal {
		return fmt.Sprint(p.Value)
	}
	if err, ok := p.Value.(error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: %v", p.Value)
}

// Trace is the script's stack, a line for each call, the innermost first.
func (p *Panic) Trace() string {
	var b strings.Builder
	for i, c := range p.Stack {
		if i == 50 {
			fmt.Fprintf(&b, "... %d more\n", len(p.Stack)-i)
			break
		}
		fmt.Fprintf(&b, "%s\n\t%s\n", c.Func, c.Pos)
	}
	return b.String()
}

// stack is where g is, the innermost call first.
func (g *G) stack() (list []Call) {
	for fr := g.top; fr != nil; fr = fr.caller {
		if fr.site != nil {
			list = append(list, Call{fr.site.fn, g.vm.fset.Position(fr.site.pos)})
		}
	}
	return list
}

// caught makes a Panic of what recover returned.
func (g *G) caught(r any) *Panic {
	switch r := r.(type) {
	case *Panic:
		if r.Stack == nil {
			r.Stack = g.stack()
		}
		return r
	case *stop:
		return &Panic{Value: r.why, Stack: g.stack(), fatal: true}
	}
	return &Panic{Value: r, Stack: g.stack()}
}
