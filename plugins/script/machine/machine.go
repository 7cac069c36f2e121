// Package machine runs what a script has been made into: calls of its functions, deferred calls and panics, closures,
// goroutines, and what stops a script or lets it wait. It knows nothing of what the functions were compiled from.
//
// machine.go is what all calls share; frame.go, call.go and node.go are a call as it runs, closure.go a function as a
// value, callback.go and depth.go how native code calls it; defer.go and errors.go are its panics, stack.go where they
// were, wrapped.go the errors that others wrap; goroutine.go and starting.go bound goroutines, stop.go and judge.go the
// time that calls take; waits.go and rest.go are how they wait.
package machine

import (
	"go/token"
	"sync/atomic"
)

// Machine is what the calls of one script share while they run. It knows nothing of what they were compiled from.
type Machine struct {
	fset   *token.FileSet
	Limits Limits
	Ending ending

	running   atomic.Int64 // goroutines, timers, contexts and calls from native code
	hooks     atomic.Int64 // calls of hooks that have not returned
	callbacks atomic.Int64 // calls from native code so far
	failures  failures
}

// New makes the machine of a script. Positions are those of fset.
func New(fset *token.FileSet, limits Limits) *Machine {
	return &Machine{fset: fset, Limits: limits, Ending: ending{Dead: make(chan struct{})}}
}
