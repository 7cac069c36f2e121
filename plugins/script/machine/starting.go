package machine

import (
	"strconv"
	"sync"

	"wshd/plugins/script/memory"
)

// A version of a script has at most so many goroutines, timers with functions to call, and contexts that have
// not ended: some, and more for each connection. Each takes some KiB.
const (
	mostRunning = 4096
	mostForEach = 16
)

// More counts one more of what goes on by itself. It ends the program if they are too many: they would use up
// the host. What is returned is to be called, once or more, when that has ended.
func (g *G) More() (ended func()) {
	g.OneMore()
	return sync.OnceFunc(g.Machine.oneLess)
}

// Over says why the program has been ended; "": it has not.
func (g *G) Over() (why string) {
	if g.Machine.Ending.over.Load() {
		return g.Machine.Ending.why
	}
	return ""
}

// OneMore counts one more, for which oneLess is called once.
func (g *G) OneMore() {
	n := g.Machine.running.Add(1)
	ok := false
	defer func() {
		if !ok {
			g.Machine.oneLess()
		}
	}()
	g.mindRunning(n)
	ok = true
}

// mindRunning ends the program if it has too many of them.
func (g *G) mindRunning(n int64) {
	full := n > mostRunning/4 && n%1024 == 0 && memory.TooMuch(memory.Much, 1)
	if n <= mostRunning && !full || n <= mostRunning+mostForEach*g.Machine.hooks.Load() && !full {
		return
	}
	why := "wants one more than there may be for its connections"
	if full {
		why = "the memory is full"
	}
	g.kill("stopped: it has " + strconv.FormatInt(n-1, 10) + " goroutines, timers and contexts, and " + why)
}

func (m *Machine) oneLess() { m.running.Add(-1) }
