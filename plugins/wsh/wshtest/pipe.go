package wshtest

import (
	"io"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// pipe is one direction of a connection: bytes in memory, as many as the window allows. It blocks
// on channels only, so that time in a testing/synctest bubble moves on.
type pipe struct {
	window int // what may wait unread before writes block; 0: no bound

	mu      sync.Mutex
	buf     []byte
	closed  bool          // nothing more is coming
	changed chan struct{} // closed and replaced at every change
}

func newPipe(window int) *pipe { return &pipe{window: window, changed: make(chan struct{})} }

func (p *pipe) change() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// write appends b whole, once there is room. With force it does not wait for room: control frames.
func (p *pipe) write(b []byte, force bool) error {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return wsh.ErrClosed
		}
		if force || p.window <= 0 || len(p.buf) == 0 || len(p.buf)+len(b) <= p.window {
			p.buf = append(p.buf, b...)
			p.change()
			p.mu.Unlock()
			return nil
		}
		changed := p.changed
		p.mu.Unlock()
		<-changed
	}
}

// close ends the direction: what is in it can still be read.
func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.change()
	}
}

// drop ends the direction and empties it.
func (p *pipe) drop() {
	p.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buf = nil
}

// peek calls f with the bytes there are, and removes as many as it returns. It returns what tells of
// the next change, and whether nothing more is coming.
func (p *pipe) peek(f func(buf []byte) int) (changed <-chan struct{}, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed = p.changed
	if n := f(p.buf); n > 0 {
		p.buf = p.buf[n:]
		p.change() // so that the caller looks again
	}
	return changed, p.closed && len(p.buf) == 0
}

// take waits until parse finds what it wants in the bytes there are, and removes that many. parse
// returns 0 to wait for more; at the end of the direction that is io.EOF, or io.ErrUnexpectedEOF
// inside something. A parse that wants to stop waiting returns its error. quit ends it with
// ErrTimeout.
func (p *pipe) take(quit <-chan time.Time, parse func(buf []byte) (int, error)) error {
	for {
		p.mu.Lock()
		n, err := parse(p.buf)
		if n > 0 {
			p.buf = p.buf[n:]
			p.change()
		}
		left, closed, changed := len(p.buf), p.closed, p.changed
		p.mu.Unlock()
		switch {
		case err != nil || n > 0:
			return err
		case closed && left > 0:
			return io.ErrUnexpectedEOF
		case closed:
			return io.EOF
		}
		select {
		case <-changed:
		case <-quit:
			return wsh.ErrTimeout
		}
	}
}

// raw takes exactly n bytes; at the end what there is, with io.ErrUnexpectedEOF or io.EOF.
func (p *pipe) raw(quit <-chan time.Time, n int) ([]byte, error) {
	if n <= 0 {
		return []byte{}, nil
	}
	var got []byte
	err := p.take(quit, func(buf []byte) (int, error) {
		if len(buf) < n && (!p.closed || len(buf) == 0) {
			return 0, nil
		}
		got = append(got, buf[:min(n, len(buf))]...)
		return len(got), nil
	})
	if err == nil && len(got) < n {
		err = io.ErrUnexpectedEOF
	}
	return got, err
}
