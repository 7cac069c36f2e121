package stream

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// bufSize is how much is read at once, and how much the host reads while the handler does not. A
// connection has a buffer only while that holds something.
const bufSize = 32 << 10

// direct is how much of a frame must be missing to be read into the message's memory, past the buffer.
const direct = 4 << 10

var buffers = sync.Pool{New: func() any { return new([bufSize]byte) }}

// lazy reads into a buffer that it takes when there is something to read.
type lazy struct {
	try func(fd uintptr) bool // nil: the connection is not a plain socket
	n   int
	err error
	one [1]byte
}

// spareBuf gives the buffer back if it is empty.
func (in *inbound) spareBuf() {
	if in.buf != nil && in.r == in.w {
		buffers.Put(in.buf)
		in.buf, in.r, in.w = nil, 0, 0
	}
}

// fill waits for bytes from TCP. Within a message that a timed Receive reads, it is that Receive
// which does the waiting.
func (c *Conn) fill() error {
	if h := c.in.half; h != nil && h.running {
		return h.wait()
	}
	return c.fillNow()
}

func (c *Conn) fillNow() error {
	in := &c.in
	in.spareBuf()
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
	// Looked at after the deadline was set: see fail.
	if err := c.broken(); err != nil && in.mode != ending {
		return 0, err
	}
	if len(in.pre) > 0 {
		if p == nil {
			p = in.takeBuf()
		}
		n := copy(p, in.pre)
		if in.pre = in.pre[n:]; len(in.pre) == 0 {
			in.pre = nil
		}
		return n, nil
	}
	for {
		n, err := c.readSome(p)
		switch {
		case n > 0:
			if !c.life.heard.Load() { // cheaper than storing it again
				c.life.heard.Store(true)
			}
			return n, nil
		case err == nil:
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			if err := c.broken(); err != nil && in.mode != ending {
				return 0, err
			}
			return 0, wsh.ErrTimeout
		case errors.Is(err, io.EOF):
			in.err = fmt.Errorf("%w: the client ended TCP", wsh.ErrClosed)
		default:
			in.err = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
		}
		c.cut.Store(true)
		return 0, in.err
	}
}

func (c *Conn) readSome(p []byte) (int, error) {
	in := &c.in
	switch l := &in.lazy; {
	case p != nil:
		return c.nc.Read(p)
	case c.raw == nil && in.left() > 0: // more of this is on its way
		return c.nc.Read(in.takeBuf())
	case c.raw == nil: // one byte of a frame's header; the rest is for the next fill
		n, err := c.nc.Read(l.one[:])
		if n > 0 {
			in.takeBuf()[0] = l.one[0]
		}
		return n, err
	default:
		l.n, l.err = 0, nil
		if err := c.raw.Read(l.try); err != nil {
			return 0, err
		}
		return l.n, l.err
	}
}

func (in *inbound) takeBuf() []byte {
	in.buf = buffers.Get().(*[bufSize]byte)
	return in.buf[:]
}

// deadline bounds the reads that follow; the zero time does not.
func (c *Conn) deadline(t time.Time) {
	if t.IsZero() && !c.in.timed {
		return
	}
	c.in.timed = !t.IsZero()
	c.nc.SetReadDeadline(t)
}
