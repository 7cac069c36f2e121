// Package script turns one script, a Go file or a folder of them, into a runnable handler: parse,
// type-check, lower, refuse what would not run as when compiled, interpret.
package script

import (
	"context"
	"time"

	"wshd/plugins/script/check"
	"wshd/plugins/script/machine"
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

	// Shown is what Root is called in positions, where Root is a copy, as Copy makes it. "": as it is.
	Shown string

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

// Error is one thing that keeps a script from being loaded, where it stands.
type Error = check.Error

// Errors are all that keep a script from being loaded, in the order of their positions, at most ten.
type Errors = check.Errors

// Module is the code that the handlers of a root share: its own packages, and those that its vendor
// folder holds.
type Module = check.Module

// ReadModule finds out what the packages of a root are called: by the go.mod there or, without one,
// handlers and what the Go tools call them, by a go.mod above.
func ReadModule(root string) Module { return check.ReadModule(root) }

// CheckImports says what is wrong with a list for Config.Imports.
func CheckImports(list []string) error { return check.Imports(list) }

// IsGo reports whether a file of that name may be part of a package when it runs.
func IsGo(name string) bool { return check.IsGo(name) }

// Advice is something in a script that loads and that its author may not want.
type Advice = check.Advice

// Advise looks through the script in file, without the packages that it imports. Today it finds what init starts and
// nothing ends.
func Advise(file string) ([]Advice, error) { return check.Advise(file) }

// Load reads the script in file, a .go file or a folder holding several of one package, and makes a
// handler of it; name is what the handler is called in logs. What is wrong with the script comes
// back as Errors. Load runs the script's initialisation, for as long as ctx allows. A panic in a hook
// reaches the hook's caller as an error that says where in the script it happened.
func Load(ctx context.Context, c Config, file, name string) (*wsh.Handler, error) {
	prog, err := check.Script(c.checked(), file)
	if err != nil {
		return nil, err
	}
	h, err := interpret(ctx, prog, newOutput(name, c.Output), c.limits(name))
	if err != nil {
		return nil, err
	}
	h.Script = name
	return h, nil
}

// checked is what of it matters before the script runs.
func (c Config) checked() check.Config {
	return check.Config{Root: c.Root, OutsideLinks: c.OutsideLinks, Imports: c.Imports, Shown: c.Shown}
}

func (c Config) limits(script string) machine.Limits {
	l := machine.Limits{CPU: c.CPU, Depth: c.Depth, Opened: c.checked().Opens}
	if c.Failed != nil {
		l.Failed = func(err error) { c.Failed(script, err) }
	}
	if c.Ran != nil {
		l.Ran = func(d time.Duration) { c.Ran(script, d) }
	}
	return l
}
