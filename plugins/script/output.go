package script

import (
	"bytes"
	"sync"
)

// maxLine is where a line is cut that a script prints without ever ending it.
const maxLine = 64 << 10

// output takes what a script prints and hands it on line by line.
type output struct {
	script string
	to     func(script, line string)

	mu   sync.Mutex
	rest []byte // a line not yet ended
}

func newOutput(script string, to func(script, line string)) *output {
	return &output{script: script, to: to}
}

// Write implements io.Writer. It never fails.
func (o *output) Write(p []byte) (int, error) {
	if o.to == nil {
		return len(p), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		i := bytes.IndexByte(o.rest, '\n')
		if i < 0 && len(o.rest) >= maxLine {
			i = maxLine - 1
		}
		if i < 0 {
			return len(p), nil
		}
		o.to(o.script, string(bytes.TrimSuffix(o.rest[:i+1], []byte("\n"))))
		o.rest = append(o.rest[:0], o.rest[i+1:]...)
	}
}
