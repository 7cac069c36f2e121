// Package memory says how much memory the process may have, and what of it is left.
package memory

import (
	"bytes"
	"math"
	"math/bits"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
)

// Much is how many bytes must be asked for at once to be worth a look at what there is.
const Much = 64 << 20

// TooMuch reports whether n elements of a size are more than there is memory for: asking for them would
// end the process.
func TooMuch(n, size uint64) bool {
	high, want := bits.Mul64(n, size)
	if high == 0 && want < Much {
		return false
	}
	most := mostMemory()
	if high > 0 || want > most {
		return true
	}
	if Used()+want <= most {
		return false
	}
	runtime.GC() // what is no longer used counts until then
	return Used()+want > most
}

// mostMemory is the memory limit of the process or, if it has none, what the machine has.
func mostMemory() uint64 {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 { // only asks
		return uint64(limit)
	}
	return machineMemory()
}

// machineMemory is what Linux says; elsewhere it is taken to be a lot.
var machineMemory = sync.OnceValue(func() uint64 {
	text, _ := os.ReadFile("/proc/meminfo")
	_, rest, _ := bytes.Cut(text, []byte("MemTotal:"))
	number, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	if kib, err := strconv.ParseUint(string(number), 10, 54); err == nil && kib > 0 {
		return kib << 10
	}
	return 64 << 30
})

// Used is how many bytes are in use on the heap, what is no longer used among them.
func Used() uint64 {
	used := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(used)
	return used[0].Value.Uint64()
}
