package script

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"wshd/plugins/wsh"
)

// TestHandlersTakeLittleMemory: docs/operations.md says how much.
func TestHandlersTakeLittleMemory(t *testing.T) {
	const most, n = 300 << 10, 20
	files, err := filepath.Glob("../../scripts/*_wsh.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no handlers", err)
	}
	var kept []*wsh.Handler
	load := func(file string) {
		h, err := Load(t.Context(), Config{Imports: []string{"default", "os"}}, file, fmt.Sprint(len(kept)))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, h)
	}
	for _, file := range files {
		load(file) // what all share is there then
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range n {
			load(file)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
		t.Logf("%s: %d KiB", filepath.Base(file), each>>10)
		if each > most {
			t.Errorf("%s: got %d KiB for each handler, want at most %d", file, each>>10, most>>10)
		}
	}
	runtime.KeepAlive(kept)
}
