package stream

import (
	"fmt"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// outbound is the write side. It belongs to whoever holds its turn.
type outbound struct {
	turn turn // somebody writes

	begun      bool // Send has begun a message and not ended it
	binary     bool // that message
	compressed bool
	check      utf8Check
	whole      chan struct{} // closed when it ends

	held     *[]byte // frames that are held; nil: none
	flushing bool    // a goroutine will write them

	deflate *deflater
	refresh time.Time // when the write deadline is to be set anew
	until   time.Time // the write deadline that ends all; zero: none yet
	torn    error     // nothing may follow: a write failed, or that was all

	try  func(fd uintptr) bool
	bite []byte // what try is to write
}

// Send sends m as a frame; see wsh.Stream.
func (c *Conn) Send(m wsh.Message, end bool) error {
	if !c.Opened() {
		return errNotOpen
	}
	if err := c.lock(); err != nil {
		return err
	}
	defer c.unlock()
	return c.send(m, end)
}

// lock waits for the turn to write, until the connection is down.
func (c *Conn) lock() error {
	if err := c.await(&c.out.turn, time.Time{}, &c.down); err != nil {
		return err
	}
	if err := c.broken(); err != nil {
		c.unlock()
		return err
	}
	return nil
}

// lockBy waits even if the connection is down, but no longer than until: for the Close frame.
func (c *Conn) lockBy(until time.Time) error { return c.await(&c.out.turn, until, nil) }

func (c *Conn) unlock() { c.out.turn.give() }

// send sends m, or holds it, because the client's next frame is here.
func (c *Conn) send(m wsh.Message, end bool) error {
	o := &c.out
	if c.serverClosed.Load() {
		return errServerClosed
	}
	if o.begun && m.Binary != o.binary {
		return fmt.Errorf("%w: a message is either text or binary", wsh.ErrBadOperation)
	}
	check := o.check // a message that is refused changes nothing
	if !o.begun {
		check = utf8Check{}
	}
	if !m.Binary && !valid(&check, m.Data, !o.begun && end, end) {
		return fmt.Errorf("%w: text that is not UTF-8", wsh.ErrBadOperation)
	}
	first := byte(wsh.OpcodeContinuation)
	if !o.begun {
		first = byte(wsh.OpcodeText)
		if m.Binary {
			first = byte(wsh.OpcodeBinary)
		}
		o.binary, o.compressed = m.Binary, c.compresses(len(m.Data), end)
		if o.compressed {
			first |= 0x40
		}
		if !end {
			o.whole = make(chan struct{})
		}
	}
	if end {
		first |= 0x80
	}
	err := c.frame(first, m.Data, end)
	if err == nil {
		c.stats.bytesOut.Add(int64(len(m.Data)))
	}
	if end {
		if o.begun {
			close(o.whole)
		}
		if err == nil {
			c.stats.messagesOut.Add(1)
		}
	}
	o.begun, o.check = !end, check
	return err
}

// valid reports whether text may go out: whole, or as the next piece of a message.
func valid(check *utf8Check, p []byte, whole, end bool) bool {
	if whole {
		return utf8.Valid(p)
	}
	return check.write(p) && (check.done() || !end)
}

// frames is memory for outgoing frames.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// together is the largest payload that is copied behind its header, which is cheaper than two pieces.
const together = 32 << 10

// frame writes one data frame, or holds it.
func (c *Conn) frame(first byte, p []byte, end bool) error {
	if c.out.compressed {
		z := c.deflater()
		defer c.spareDeflater(end)
		if z.home == deflaters && c.narrow() {
			p = z.deflateWithin(p, end, 1<<c.ext.bits)
		} else {
			p = z.deflate(p, end)
		}
	}
	var header [protocol.MaxHeader]byte
	return c.putFrame(protocol.AppendHeader(header[:0], first, len(p)), p, c.more.Load())
}

// putFrame writes a frame after what is held, or holds it too, because more follows.
func (c *Conn) putFrame(header, p []byte, more bool) error {
	b := c.out.holding()
	*b = append(*b, header...)
	if len(p) <= together {
		*b = append(*b, p...)
		if more && c.hold() {
			return nil
		}
		return c.flush()
	}
	switch c.nc.(type) {
	case *net.TCPConn, *net.UnixConn: // these have writev
		return c.flushWith(p)
	}
	n := max(0, together-len(*b))
	*b = append(*b, p[:n]...)
	if err := c.flush(); err != nil {
		return err
	}
	return c.write(p[n:])
}

// SendPing sends a ping.
func (c *Conn) SendPing(body []byte) error {
	if !c.Opened() {
		return errNotOpen
	}
	if len(body) > protocol.MaxControl {
		return fmt.Errorf("%w: ping of more than %d bytes", wsh.ErrBadOperation, protocol.MaxControl)
	}
	if err := c.lock(); err != nil {
		return err
	}
	defer c.unlock()
	if c.serverClosed.Load() {
		return errServerClosed
	}
	return c.write(append(protocol.AppendHeader(make([]byte, 0, 2+protocol.MaxControl), 0x89, len(body)), body...))
}
