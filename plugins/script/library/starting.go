package library

import (
	"context"
	"reflect"
	"runtime"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/processor"
	"wshd/plugins/wsh"
)

// starting are the facts of what goes on when the function that has begun it has returned.
func starting() map[string]fact {
	inContext := fact{starts: contextBegins}
	return joined(
		each(fact{later: true, starts: func(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
			a[1] = thenEnded(a[1], g.More())
			return nil
		}}, "(*sync.WaitGroup).Go"),
		each(fact{starts: timerBegins, later: true}, "time.AfterFunc"),
		each(fact{starts: afterContext, later: true}, "context.AfterFunc"),
		each(fact{later: true}, "(*net/http.Server).RegisterOnShutdown"),
		each(inContext, "context.WithCancel", "context.WithCancelCause", "context.WithDeadline", "context.WithDeadlineCause",
			"context.WithTimeout", "context.WithTimeoutCause"),
		each(fact{starts: pullBegins}, "iter.Pull", "iter.Pull2"),
		each(fact{starts: senderBegins}, WSH+".NewMessageSender", WSH+".NewMessageReceiver"),
	)
}

// thenEnded is a function that says when it is called: then it counts as a call from native code.
func thenEnded(f reflect.Value, ended func()) reflect.Value {
	f = apartFromFrame(f)
	return reflect.MakeFunc(f.Type(), func(in []reflect.Value) []reflect.Value {
		ended()
		processor.Forget() // what it has from who started it
		return f.Call(in)
	})
}

// apartFromFrame is the value that an argument has now: the script's next call may lie where it lies.
func apartFromFrame(v reflect.Value) reflect.Value {
	cell := reflect.New(v.Type()).Elem()
	cell.Set(v)
	return cell
}

// timerBegins counts a timer until its function has been called, or nobody has it any more, stopped.
func timerBegins(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.More()
	a[1] = thenEnded(a[1], ended)
	return func(out []reflect.Value) {
		runtime.AddCleanup((*timerPointer)(out[0].UnsafePointer()), func(ended func()) { ended() }, ended)
	}
}

// timerPointer points to a time.Timer.
type timerPointer struct{ _ byte }

// afterContext counts a function that waits for a context until it has been called, or will not be.
func afterContext(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.More()
	a[1] = thenEnded(a[1], ended)
	return func(out []reflect.Value) {
		stop := out[0].Interface().(func() bool)
		out[0] = reflect.ValueOf(func() bool {
			stopped := stop()
			if stopped {
				ended()
			}
			return stopped
		})
	}
}

// contextBegins counts a context until it has ended.
func contextBegins(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.More()
	return func(out []reflect.Value) {
		if ctx, _ := out[0].Interface().(context.Context); ctx != nil {
			context.AfterFunc(ctx, ended)
		}
	}
}

// senderBegins counts the goroutine of a queue until its connection has ended.
func senderBegins(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	r, _ := a[0].Interface().(*wsh.Request)
	if r == nil {
		return nil
	}
	ended := g.More()
	return func([]reflect.Value) { context.AfterFunc(r.Context(), ended) }
}

// pullBegins counts an iterator that is pulled until it has ended.
func pullBegins(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.More()
	a[0] = thenEnded(a[0], ended)
	return func(out []reflect.Value) {
		stop := out[1].Interface().(func())
		out[1] = reflect.ValueOf(func() { stop(); ended() })
	}
}
