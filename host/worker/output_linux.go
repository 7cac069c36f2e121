package worker

import (
	"bytes"
	"io"
	"path"
	"strings"
	"sync"
)

// output takes the lines that a process writes, and keeps what a crash says.
type output struct {
	line func(string)

	mu    sync.Mutex
	rest  []byte
	crash []string
}

// mostCrash is how many lines of a crash are kept, and mostLine how long one may be, in bytes.
const (
	mostCrash = 200
	mostLine  = 64 << 10
)

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		line, rest, ok := bytes.Cut(o.rest, []byte("\n"))
		if !ok && len(o.rest) < mostLine {
			return len(p), nil
		}
		o.take(string(line))
		o.rest = rest
	}
}

func (o *output) take(line string) {
	if len(o.crash) > 0 || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		if len(o.crash) < mostCrash {
			o.crash = append(o.crash, line)
		}
		return
	}
	if o.line != nil {
		o.line(line)
	}
}

func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rest) > 0 {
		o.take(string(o.rest))
	}
	o.rest = nil
}

// first is what a crash begins with.
func (o *output) first() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.crash) == 0 {
		return ""
	}
	return o.crash[0]
}

// trace is the handler's own lines of it.
func (o *output) trace() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var own []string
	for i, line := range o.crash {
		if i == 0 || !strings.HasPrefix(line, "\t") || !strings.HasPrefix(o.crash[i-1], "main.") {
			continue
		}
		at, _, _ := strings.Cut(line[1:], " +")
		call, _, _ := strings.Cut(strings.TrimPrefix(o.crash[i-1], "main."), "(")
		own = append(own, call+" "+path.Base(at))
	}
	return strings.Join(own, "\n")
}

var _ io.Writer = (*output)(nil)
