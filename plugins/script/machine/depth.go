package machine

import (
	"runtime"
	"sync/atomic"
)

// activeCalls counts the calls from native code into scripts that have not returned, but for those of
// hooks: callbacks of many connections, and recursion through native code, which only a look at the
// stack tells apart. It is taken once there are many.
var activeCalls atomic.Int64

// deepDepth is the sum of the depths of the calls of native code, by scripts that were deep in calls, that
// have not returned: those that they call back count from the beginning.
var deepDepth atomic.Int64

const (
	manyCalls = 300
	deep      = 1000    // calls of a script that are worth to be counted
	mostDeep  = 200_000 // of them, before the stack is looked at

	// Frames on a stack: of those no script has got deep on, and of others. That is some 100 MB.
	mostFrames, mostFramesDeep = 20_000, 500_000
)

// isTooDeep reports whether a call from native code, of which there are so many, is nested too deeply.
func isTooDeep(active int64) bool {
	switch deepNow := deepDepth.Load(); {
	case deepNow > mostDeep, deepNow > 0 && active > manyCalls && active%64 == 0:
		return runtime.Callers(mostFramesDeep, make([]uintptr, 1)) > 0
	case deepNow == 0 && active > manyCalls:
		return runtime.Callers(mostFrames, make([]uintptr, 1)) > 0
	}
	return false
}

// GoesOut is called before a call of native code, which may call back, and the function that it returns
// after that.
func (fr *Frame) GoesOut() (back func()) {
	if fr.Depth <= deep {
		return nothing
	}
	depth := int64(fr.Depth)
	deepDepth.Add(depth)
	return func() { deepDepth.Add(-depth) }
}

func nothing() {}
