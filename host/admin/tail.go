package admin

import (
	"bytes"
	"sync"
)

// tailLines is how many lines of the log are kept, and tailWidth how much of each, in bytes.
const (
	tailLines = 200
	tailWidth = 1000
)

// Tail keeps the last lines that are written to it. The zero value is ready.
type Tail struct {
	mu    sync.Mutex
	lines []string
	n     int // ever written
}

// Write takes whole lines.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range bytes.Lines(p) {
		line = bytes.TrimRight(line, "\n")
		if len(line) > tailWidth {
			line = append(line[:tailWidth:tailWidth], "…"...)
		}
		if len(t.lines) == tailLines {
			t.lines = append(t.lines[:0], t.lines[1:]...)
		}
		t.lines = append(t.lines, string(line))
		t.n++
	}
	return len(p), nil
}

// since lists the lines after the n-th that are still kept, and counts all.
func (t *Tail) since(n int) (lines []string, now int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.lines[max(0, len(t.lines)-(t.n-n)):]...), t.n
}
