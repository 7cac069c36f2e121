package lower

import (
	"bytes"
	"math"
	"math/big"
	"math/bits"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
)

// much is how many bytes must be asked for at once to be worth a look at what there is.
const much = 64 << 20

// tooMuch reports whether n elements of a size are more than there is memory for: asking for them would
// end the process.
func tooMuch(n, size uint64) bool {
	high, want := bits.Mul64(n, size)
	if high == 0 && want < much {
		return false
	}
	most := mostMemory()
	if high > 0 || want > most {
		return true
	}
	if usedMemory()+want <= most {
		return false
	}
	runtime.GC() // what is no longer used counts until then
	return usedMemory()+want > most
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

func usedMemory() uint64 {
	used := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(used)
	return used[0].Value.Uint64()
}

// asksFor is how many bytes a native function asks for at once, by its arguments.
func asksFor(name string, args []reflect.Value) (n, size uint64) {
	count := func(i int) uint64 {
		if args[i].CanUint() {
			return args[i].Uint()
		}
		return uint64(max(args[i].Int(), 0))
	}
	switch name {
	case "strings.Repeat", "bytes.Repeat":
		return count(1), uint64(args[0].Len())
	case "bufio.NewReaderSize", "bufio.NewWriterSize", "(*bytes.Buffer).Grow", "(*strings.Builder).Grow":
		return count(1), 1
	case "math/rand.Perm", "math/rand/v2.Perm":
		return count(0), 8
	case "(*math/rand.Rand).Perm", "(*math/rand/v2.Rand).Perm":
		return count(1), 8
	case "(*math/big.Int).Lsh":
		return count(2) / 8, 1
	case "(*math/big.Int).SetBit":
		return count(2) / 8, 1
	case "(*math/big.Int).Exp":
		return powerSize(args)
	case "strconv.FormatFloat":
		return count(2), 1
	}
	return 0, 0
}

// powerSize is that of a power of big integers, unless there is a modulus.
func powerSize(args []reflect.Value) (n, size uint64) {
	x, _ := args[1].Interface().(*big.Int)
	y, _ := args[2].Interface().(*big.Int)
	if m, _ := args[3].Interface().(*big.Int); x == nil || y == nil || x.BitLen() < 2 || y.Sign() <= 0 || m != nil && m.Sign() != 0 {
		return 0, 0
	}
	if !y.IsUint64() {
		return math.MaxUint64, math.MaxUint64
	}
	return y.Uint64() / 8, uint64(x.BitLen())
}
