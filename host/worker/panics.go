package worker

import (
	"fmt"
	"go/token"
	"path"
	"runtime"
	"strings"
)

// A panic of a compiled handler carries where it happened, as an interpreted one's does: the host logs it.
type placedPanic struct {
	value any
	at    token.Position
	calls string
}

func (p *placedPanic) Error() string {
	if p.at.Line == 0 {
		return fmt.Sprintf("panic: %v", p.value)
	}
	return fmt.Sprintf("%s: panic: %v", p.at, p.value)
}

// Pos and Trace are what package session asks panics for.
func (p *placedPanic) Pos() token.Position { return p.at }
func (p *placedPanic) Trace() string       { return p.calls }

// placePanic is deferred around hooks.
func placePanic() {
	v := recover()
	if v == nil {
		return
	}
	p := &placedPanic{value: v}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var calls []string
	for {
		f, more := frames.Next()
		if file, own := ownFile(f); own {
			at := token.Position{Filename: file, Line: f.Line}
			if p.at.Line == 0 {
				p.at = at
			}
			calls = append(calls, strings.TrimPrefix(f.Function, "main.")+" "+at.String())
		}
		if !more {
			break
		}
	}
	p.calls = strings.Join(calls, "\n")
	panic(p)
}

// ownFile is the file of a call in the handler itself, or in a package beside it, as its author knows it.
func ownFile(f runtime.Frame) (string, bool) {
	if strings.HasPrefix(f.Function, "main.") && path.Base(f.File) != "zz_wshd_main.go" {
		return path.Base(f.File), true
	}
	return "", false
}
