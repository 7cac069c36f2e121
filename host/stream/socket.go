package stream

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"wshd/plugins/wsh"
)

// bufSize is how many bytes are read at once, and how many are read ahead of the handler. A connection has a
// buffer only while there is something in it.
const bufSize = 32 << 10

// directRead is how many bytes of a frame must be missing for them to be read directly into the message's
// memory.
const directRead = 4 << 10

var buffers = sync.Pool{New: func() any { return new([bufSize]byte) }}

// firstRead is for reading without a buffer until there is something to read.
type firstRead struct {
	try func(fd uintptr) bool // nil: the connection is not a plain socket
	n   int
	err error
	one [1]byte
}

// releaseBuffer puts the buffer back into the pool if it is empty.
func (in *inbound) releaseBuffer() {
	if in.buf != nil && in.r == in.w {
		buffers.Put(in.buf)
		in.buf, in.r, in.w = nil, 0, 0
	}
}

func (in *inbound) takeBuffer() []byte {
	in.buf = buffers.Get().(*[bufSize]byte)
	return in.buf[:]
}

func (in *inbound) buffered() int { return in.w - in.r }

func (in *inbound) bytes() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf[in.r:in.w]
}

// fill waits for bytes from TCP. Within the coroutine of a timed Receive, that Receive waits for it.
func (c *Conn) fill() error {
	if m := c.in.partial; m != nil && m.running {
		return m.wait()
	}
	return c.fillBuffer()
}

// fillBuffer reads at least one byte into the buffer.
func (c *Conn) fillBuffer() error {
	in := &c.in
	in.releaseBuffer()
	if in.r > 0 {
		in.w = copy(in.buf[:], in.bytes())
		in.r = 0
	}
	if in.w == bufSize {
		return fmt.Errorf("%w: read buffer is full", wsh.ErrBadOperation)
	}
	var p []byte
	if in.buf != nil {
		p = in.buf[in.w:]
	}
	n, err := c.readTCP(p)
	in.w += n
	return err
}

// readTCP reads at least one byte; if p is nil, into a new buffer. It returns wsh.ErrTimeout at the read
// deadline, after which one may go on.
func (c *Conn) readTCP(p []byte) (int, error) {
	in := &c.in
	if in.err != nil {
		return 0, in.err
	}
	// This check is after the deadline was set: see fail.
	if err := c.broken(); err != nil && in.mode != closing {
		return 0, err
	}
	if len(in.early) > 0 {
		if p == nil {
			p = in.takeBuffer()
		}
		n := copy(p, in.early)
		if in.early = in.early[n:]; len(in.early) == 0 {
			in.early = nil
		}
		return n, nil
	}
	for {
		n, err := c.readSome(p)
		switch {
		case n > 0:
			if !c.checks.active.Load() { // cheaper than storing it again
				c.checks.active.Store(true)
			}
			return n, nil
		case err == nil:
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			if err := c.broken(); err != nil && in.mode != closing {
				return 0, err
			}
			return 0, wsh.ErrTimeout
		case errors.Is(err, io.EOF):
			in.err = fmt.Errorf("%w: the client ended TCP", wsh.ErrClosed)
		default:
			in.err = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
		}
		c.phase.reach(disconnected)
		return 0, in.err
	}
}

func (c *Conn) readSome(p []byte) (int, error) {
	in := &c.in
	switch f := &in.first; {
	case p != nil:
		return c.nc.Read(p)
	case c.raw == nil && in.left() > 0: // more of this is on its way
		return c.nc.Read(in.takeBuffer())
	case c.raw == nil: // one byte of a frame's header; the rest is for the next fill
		n, err := c.nc.Read(f.one[:])
		if n > 0 {
			in.takeBuffer()[0] = f.one[0]
		}
		return n, err
	default:
		f.n, f.err = 0, nil
		if err := c.raw.Read(f.try); err != nil {
			return 0, err
		}
		return f.n, f.err
	}
}
