package machine

import (
	"net/http"
	"reflect"
	"runtime"
	"strings"
)

// Failed is what a call from native code returns that has panicked. The panic goes on if a call of the
// script, or the host, is there to take it. On a goroutine of native code's own, such as a timer's, nobody
// is, and it would end the process: there it is told as that of a goroutine, and is an error if the
// function returns one.
func (cl *Closure) Failed(p *Panic) []reflect.Value {
	if cl.Hook {
		panic(p)
	}
	switch recoverer() {
	case theScript:
		panic(p)
	case theServer:
		if p.Value != http.ErrAbortHandler {
			cl.Code.Machine.failed(p)
		}
		panic(http.ErrAbortHandler)
	}
	cl.Code.Machine.failed(p)
	out := make([]reflect.Value, cl.Type.NumOut())
	for i := range out {
		out[i] = reflect.New(cl.Type.Out(i)).Elem()
		if i == len(out)-1 && out[i].Type() == reflect.TypeFor[error]() {
			out[i].Set(reflect.ValueOf(p))
		}
	}
	return out
}

const (
	nobody    = iota
	theScript // a call of the script's or the host's
	theServer // of net/http: it ends the connection, and tells the process's own log
)

// recoverer finds out who recovers a panic of a function that native code has called: it looks at the
// stack, beyond that native code.
func recoverer() int {
	pcs, skip, native := make([]uintptr, 64), 0, false
	for {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			switch inside := isOwn(f.Function); {
			case f.Function == "runtime.Callers":
			case inside && native:
				return theScript
			case inside:
			case serves(f.Function):
				return theServer
			default:
				native = true
			}
		}
		if n < len(pcs) {
			return nobody
		}
		skip += n
	}
}

// isOwn reports whether a function runs the script: all its pieces are run by this package.
func isOwn(name string) bool { return strings.HasPrefix(name, "wshd/plugins/script/machine.") }

// serves reports whether a function of net/http is one that recovers what handlers panic with.
func serves(name string) bool {
	return strings.HasPrefix(name, "net/http") && (strings.HasSuffix(name, ".(*conn).serve") ||
		strings.HasSuffix(name, ".runHandler") || strings.Contains(name, ".(*timeoutHandler)."))
}
