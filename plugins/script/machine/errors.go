package machine

import (
	"fmt"
	"go/token"
	"runtime"
)

type pos = token.Pos

// Panic is a panic of a script on its way out. It is what a hook's caller recovers.
type Panic struct {
	Value any     // what the script panicked with, or a runtime.Error
	Fatal bool    // the call ends: no script recovers it
	calls []*Site // the innermost first
	g     *G      // whose the last of them are
}

// Pos is where the script was.
func (p *Panic) Pos() token.Position {
	if len(p.calls) == 0 {
		return token.Position{}
	}
	return p.calls[0].position()
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

// Stopped reports whether the script did not panic but was stopped.
func (p *Panic) Stopped() bool { return p.Fatal }

func (p *Panic) text() string {
	if p.Fatal {
		return fmt.Sprint(p.Value)
	}
	if err, ok := p.Value.(error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: %v", p.Value)
}

// Trace is the script's stack on one line, the innermost call first, as far as it is not too deep.
func (p *Panic) Trace() string { return stackText(p.calls) }

// maxCalls bounds what a panic remembers on its way through calls of native code and back.
const maxCalls = 100

// Caught makes a Panic of what recover returned.
func (g *G) Caught(r any) *Panic {
	p, ok := r.(*Panic)
	if !ok {
		p = &Panic{Value: r}
	}
	if p.g != g && len(p.calls) < maxCalls {
		p.calls = append(p.calls, g.calls()...)
	}
	p.g = g
	return p
}

// Panic is the built-in, called with x.
func (g *G) Panic(x any) {
	if x == nil {
		x = new(runtime.PanicNilError)
	}
	panic(&Panic{Value: x, calls: g.calls(), g: g})
}
