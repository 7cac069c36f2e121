// Package script turns one script, a Go file or a folder of them, into a runnable handler: parse,
// type-check, lower, refuse what would not run as when compiled, interpret.
package script

import (
	"context"
	"time"

	"wshd/plugins/script/lower"
	"wshd/plugins/wsh"
)

// MostDepth is the most that Config.Depth may be: a goroutine may have a stack of 1 GB, and 100,000 calls take up
// to 130 MB.
const MostDepth = 200_000

// Config says what a script may do. The zero value works.
type Config struct {
	// Root is the handler root, from which scripts import the packages that they share. "": none.
	Root string

	// OutsideLinks lets such packages be links that lead out of Root.
	OutsideLinks bool

	// Imports names the packages of Go's library that scripts may import; "default" stands for those
	// that nothing speaks against. nil: default. CheckImports tells whether they can be.
	Imports []string

	// Output is given each line that a script prints to its standard output or error. It is
	// called by the goroutines of the script, one at a time. nil: they are dropped.
	Output func(script, line string)

	// Failed is told what a goroutine that a script started panicked with, and where; the goroutine
	// has ended. It may be called by many at a time. nil: nobody is told.
	Failed func(script string, err error)

	// Ran is told how long calls of a script have run, when they wait or end: those only that went round
	// loops, or made calls, more than a thousand times without waiting. nil: nobody is.
	Ran func(script string, d time.Duration)

	// CPU is how long a loop may run without waiting or calling the host; then the call panics.
	// 0: 10s.
	CPU time.Duration

	// Depth is how deep calls may be nested; then the call panics. 0: 100,000. Of functions that wait
	// themselves 1,000 at most.
	Depth int
}

// Load reads the script in file, a .go file or a folder holding several of one package, and makes a
// handler of it; name is what the handler is called in logs. What is wrong with the script comes
// back as Errors. Load runs the script's initialisation, for as long as ctx allows. A panic in a hook
// reaches the hook's caller as an error that says where in the script it happened.
func Load(ctx context.Context, c Config, file, name string) (*wsh.Handler, error) {
	src, err := parse(file)
	if err != nil {
		return nil, err
	}
	src.config = c
	prog, err := check(src)
	if err != nil {
		return nil, err
	}
	h, err := interpret(ctx, prog, newOutput(c, name), c.limits(name))
	if err != nil {
		return nil, err
	}
	h.Script = name
	return h, nil
}

func (c Config) limits(script string) lower.Limits {
	l := lower.Limits{CPU: c.CPU, Depth: c.Depth, Opened: c.opens}
	if c.Failed != nil {
		l.Failed = func(err error) { c.Failed(script, err) }
	}
	if c.Ran != nil {
		l.Ran = func(d time.Duration) { c.Ran(script, d) }
	}
	return l
}
