package lower

import (
	"context"
	"reflect"
	"runtime"
	"strconv"
	"sync"

	"wshd/plugins/script/processor"
	"wshd/plugins/wsh"
)

// A version of a script has at most so many goroutines, timers with functions to call, and contexts that have
// not ended: some, and more for each connection. Each takes some KiB.
const (
	mostRunning = 4096
	mostForEach = 16
)

// more counts one more of what goes on by itself. It ends the program if they are too many: they would use up
// the host. What is returned is to be called, once or more, when that has ended.
func (g *G) more() (ended func()) {
	g.oneMore()
	return sync.OnceFunc(g.vm.oneLess)
}

// oneMore counts one more, for which oneLess is called once.
func (g *G) oneMore() {
	n := g.vm.running.Add(1)
	ok := false
	defer func() {
		if !ok {
			g.vm.oneLess()
		}
	}()
	g.mindRunning(n)
	ok = true
}

// mindRunning ends the program if it has too many of them.
func (g *G) mindRunning(n int64) {
	full := n > mostRunning/4 && n%1024 == 0 && tooMuch(much, 1)
	if n <= mostRunning && !full || n <= mostRunning+mostForEach*g.vm.hooks.Load() && !full {
		return
	}
	why := "wants one more than there may be for its connections"
	if full {
		why = "the memory is full"
	}
	g.kill("stopped: it has " + strconv.FormatInt(n-1, 10) + " goroutines, timers and contexts, and " + why)
}

func (vm *Program) oneLess() { vm.running.Add(-1) }

// starting are the facts of what goes on when the function that has begun it has returned.
func starting() map[string]fact {
	inContext := fact{starts: contextBegins}
	return joined(
		each(fact{starts: func(g *G, a []reflect.Value) (after func([]reflect.Value)) {
			a[1] = thenEnded(a[1], g.more())
			return nil
		}}, "(*sync.WaitGroup).Go"),
		each(fact{starts: timerBegins}, "time.AfterFunc"),
		each(fact{starts: afterContext}, "context.AfterFunc"),
		each(inContext, "context.WithCancel", "context.WithCancelCause", "context.WithDeadline", "context.WithDeadlineCause",
			"context.WithTimeout", "context.WithTimeoutCause"),
		each(fact{starts: pullBegins}, "iter.Pull", "iter.Pull2"),
		each(fact{starts: senderBegins}, wshPath+".NewMessageSender", wshPath+".NewMessageReceiver"),
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
func timerBegins(g *G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.more()
	a[1] = thenEnded(a[1], ended)
	return func(out []reflect.Value) {
		runtime.AddCleanup((*timerPointer)(out[0].UnsafePointer()), func(ended func()) { ended() }, ended)
	}
}

// timerPointer points to a time.Timer.
type timerPointer struct{ _ byte }

// afterContext counts a function that waits for a context until it has been called, or will not be.
func afterContext(g *G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.more()
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
func contextBegins(g *G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.more()
	return func(out []reflect.Value) {
		if ctx, _ := out[0].Interface().(context.Context); ctx != nil {
			context.AfterFunc(ctx, ended)
		}
	}
}

// senderBegins counts the goroutine of a queue until its connection has ended.
func senderBegins(g *G, a []reflect.Value) (after func([]reflect.Value)) {
	r, _ := a[0].Interface().(*wsh.Request)
	if r == nil {
		return nil
	}
	ended := g.more()
	return func([]reflect.Value) { context.AfterFunc(r.Context(), ended) }
}

// pullBegins counts an iterator that is pulled until it has ended.
func pullBegins(g *G, a []reflect.Value) (after func([]reflect.Value)) {
	ended := g.more()
	a[0] = thenEnded(a[0], ended)
	return func(out []reflect.Value) {
		stop := out[1].Interface().(func())
		out[1] = reflect.ValueOf(func() { stop(); ended() })
	}
}
