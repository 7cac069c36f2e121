package serve

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"wshd/cmd/wshd/config"
)

// limitMemory tells the collector of garbage what memory there is, by the limit of the container or
// service: nine tenths of it, for there is more than the heap. Who sets GOMEMLIMIT knows better. It
// returns what it has set; 0: nothing.
func limitMemory() config.Size {
	if os.Getenv("GOMEMLIMIT") != "" {
		return 0
	}
	limit := memoryLimit(os.DirFS("/")) / 10 * 9
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return config.Size(limit)
}

// memoryLimit is the least limit of this process's control groups; 0: there is none.
func memoryLimit(root fs.FS) int64 {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0 // not Linux
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) < 3 {
			continue
		}
		dir, file := "sys/fs/cgroup", "memory.max" // version 2
		if parts[1] != "" {
			if !strings.Contains(","+parts[1]+",", ",memory,") {
				continue
			}
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes" // version 1
		}
		// A group is held to the limits of those around it, too. Within a container its own is
		// mounted as the outermost, whatever its path outside.
		for group := path.Join("/", parts[2]); ; group = path.Dir(group) {
			least = min(least, readLimit(root, path.Join(dir, group, file)))
			if group == "/" {
				break
			}
		}
	}
	if least > 1<<50 { // version 1 writes a huge number for none
		return 0
	}
	return least
}

func readLimit(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return math.MaxInt64
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 {
		return math.MaxInt64 // "max"
	}
	return n
}
