package logs

import (
	"io"
	"slices"
	"sync"
	"time"
)

// Patience is how long one write of the log may take, before lines are left out until it has ended.
const Patience = time.Second

// A Patient writer lets nobody wait long for a reader that has stopped: a terminal that was stopped with Ctrl-S, a
// pipe that is full, a disk that hangs. What comes while a write hangs is left out, and counted. Make one with
// NewPatient.
type Patient struct {
	w        io.Writer
	patience time.Duration
	lost     func(n int) []byte // a line that says how many were left out; nil: nobody is told

	mu    sync.Mutex
	under <-chan error // gets what the write under way comes to; nil: there is none
	left  int          // out, since that was last said
}

// NewPatient makes a Patient that writes to w. lost makes a line that says how many are missing; it may be nil.
func NewPatient(w io.Writer, lost func(n int) []byte) *Patient {
	return &Patient{w: w, patience: Patience, lost: lost}
}

// Write writes one line, or leaves it out, which is no error. The error may be that of a write before.
func (p *Patient) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under != nil {
		select {
		case <-p.under: // its line has been written now, or never will be
			p.under = nil
		default:
			p.left++
			return len(line), nil
		}
	}
	text := slices.Clone(line) // the caller may reuse line once Write has returned
	if p.left > 0 && p.lost != nil {
		text = append(p.lost(p.left), text...)
	}
	p.left = 0
	done := make(chan error, 1)
	go func() {
		_, err := p.w.Write(text)
		done <- err
	}()
	late := time.NewTimer(p.patience)
	defer late.Stop()
	select {
	case err := <-done:
		return len(line), err
	case <-late.C:
		p.under = done
		return len(line), nil
	}
}
