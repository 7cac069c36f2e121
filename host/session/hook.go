package session

import (
	"errors"
	"fmt"
	"go/token"
	"strings"
	"time"

	"wshd/plugins/wsh"
)

// errExited is the error of a hook that called runtime.Goexit.
var errExited = errors.New("the hook ended its goroutine")

// call runs one hook and leaves its outcome in *err. It is set before the hook runs, since after a
// Goexit only deferred functions do.
func call(hook string, err *error, f func() error) {
	*err = errExited
	defer func() {
		if v := recover(); v != nil {
			*err = &panicError{hook, v}
		}
	}()
	*err = f()
}

// hook calls one of the session's hooks.
func (s *Session) hook(name string, err *error, f func() error) {
	start := time.Now()
	defer func() { s.owner.returned(s, name, time.Since(start)) }()
	call(name, err, f)
}

// NewRenderer has h's RenderPublication render; its panics are told to failed.
func NewRenderer(h *wsh.Handler, failed func(err error)) *wsh.Renderer {
	return wsh.NewRenderer(h, func(p wsh.Publication) (m wsh.Message, err error) {
		call("RenderPublication", &err, func() error { m = h.RenderPublication(p); return nil })
		return m, err
	}, failed)
}

// fail logs and reports what a hook has failed with.
func (s *Session) fail(message, hook string, err error, attrs ...any) {
	s.log.Error(message, append(attrs, Failure(err)...)...)
	s.owner.failed(s, hook, err)
}

// panicError is a hook's panic. A script's panic value tells its position.
type panicError struct {
	hook  string
	value any
}

func (e *panicError) Error() string {
	text := fmt.Sprint(e.value)
	if !strings.Contains(text, "panic: ") { // a script's says so itself, after its position
		text = "panic: " + text
	}
	return e.hook + ": " + text
}

// Pos is where the script panicked, if it was one and knows.
func (e *panicError) Pos() (p token.Position) {
	if at, ok := e.value.(interface{ Pos() token.Position }); ok {
		p = at.Pos()
	}
	return p
}

// Failure is what the log says of a hook's error: the error and, of a script's panic, its calls.
func Failure(err error) []any {
	attrs := []any{"err", err}
	var p *panicError
	if errors.As(err, &p) {
		if at, ok := p.value.(interface{ Trace() string }); ok && at.Trace() != "" {
			attrs = append(attrs, "stack", at.Trace())
		}
	}
	return attrs
}

// crashed reports whether err is that of a hook that panicked or called Goexit, rather than one that it
// returned or that its connection caused.
func crashed(err error) bool {
	var p *panicError
	return errors.As(err, &p) || errors.Is(err, errExited)
}
