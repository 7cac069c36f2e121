package library

import (
	"net/http"
	"reflect"
	"runtime"
	"sync/atomic"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// guards has the handler that is the i-th argument served no deeper than the stack bears: a mux may serve
// itself.
func guards(i int) fact {
	return fact{starts: func(_ *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
		if h, _ := a[i].Interface().(http.Handler); h != nil {
			var g http.Handler = &guarded{h}
			a[i] = reflect.ValueOf(&g).Elem()
		}
		return nil
	}}
}

func guarding(i int, names ...string) map[string]fact { return each(guards(i), names...) }

// unguarded gives back the handler that was registered.
func unguarded(*machine.G, []reflect.Value) (after func([]reflect.Value)) {
	return func(out []reflect.Value) {
		if g, ok := out[0].Interface().(*guarded); ok {
			out[0] = reflect.ValueOf(&g.h).Elem()
		}
	}
}

// guarded is a handler that serves others, or itself.
type guarded struct{ h http.Handler }

// serving counts the guarded handlers that serve.
var serving atomic.Int64

// ServeHTTP implements http.Handler. It panics where handlers are nested too deeply.
func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const many, mostFrames = 300, 20_000 // that is some 100 MB
	defer serving.Add(-1)
	if serving.Add(1) > many && runtime.Callers(mostFrames, make([]uintptr, 1)) > 0 {
		panic(value.RuntimeError("stack overflow: handlers serve one another without end"))
	}
	g.h.ServeHTTP(w, r)
}
