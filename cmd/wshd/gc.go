package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// garbage is how many bytes may be allocated between two runs of the garbage collector. By itself the
// collector runs whenever as much has been allocated as is in use, and scripts that have been loaded are
// a few megabytes with very many pointers: costly to walk, and walked many times a second for the sake
// of messages that live for microseconds. With many connections the same rule would let garbage
// take as much memory as they do.
const garbage = 64 << 20

// The collector's percentage stays between these.
const (
	leastGC = 50
	mostGC  = 1000
)

// paceGC keeps the collector's percentage at what garbage means for what is in use, from one of its runs
// to the next. Who sets GOGC or GOMEMLIMIT knows better.
func paceGC() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		pace(func(percent int) { debug.SetGCPercent(percent) })
		go tidy(time.Tick(time.Second), debug.FreeOSMemory)
	}
}

// pace calls set now and after every collection: that is when what nobody refers to is finalized.
func pace(set func(percent int)) {
	used := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(used)
	set(percentFor(used[0].Value.Uint64() + used[1].Value.Uint64() + used[2].Value.Uint64()))
	runtime.SetFinalizer(new([16]*byte), func(*[16]*byte) { pace(set) })
}

// percentFor is the percentage that lets garbage grow to its bound when so many bytes are in use.
func percentFor(used uint64) int {
	return int(min(max(garbage*100/max(used, 1), leastGC), mostGC))
}

// Whoever allocates less than calm bytes between two ticks is at rest, and gives back what litter or more
// has been allocated since it last did, and an eighth of what is in use.
const (
	calm   = 1 << 20
	litter = 8 << 20
)

// tidy calls free when wshd has come to rest: ten thousand clients that connected and now wait would
// otherwise seem to take the memory of their handshakes as well.
func tidy(ticks <-chan time.Time, free func()) {
	read := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	var last, freed uint64
	for range ticks {
		metrics.Read(read)
		now, used := read[0].Value.Uint64(), read[1].Value.Uint64()
		if now-last < calm && now-freed >= litter+used/8 {
			free()
			freed = now
		}
		last = now
	}
}
