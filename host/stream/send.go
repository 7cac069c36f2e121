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

// outbound is the write side. It belongs to whoever holds writing.
type outbound struct {
	writing mutex

	begun      bool // SendFragment has begun a message and not ended it
	binary     bool // that message
	compressed bool
	check      utf8Check
	whole      chan struct{} // closed when it ends

	unsent   *[]byte // frames that have not been written yet; nil: none
	flushing bool    // a goroutine will flush them

	deflate *deflater // of the message under way; nil: none, or it is not compressed
	window  []byte    // the end of what the client has inflated, with context takeover
	refresh time.Time // when the write deadline is to be set anew
	until   time.Time // the last write deadline that may be set; zero: none
	err     error     // nothing may be written any more: a write failed, or our direction has ended

	try  func(fd uintptr) bool
	rest []byte // what tryWrite is to write
}

// Send sends m whole; see wsh.Stream.
func (c *Conn) Send(m wsh.Message, wait bool) error {
	if !c.Opened() {
		return errNotOpen
	}
	if err := c.beginMessage(wait); err != nil {
		return err
	}
	defer c.endWrite()
	return c.send(m, true)
}

// SendFragment sends m as a frame; see wsh.Stream.
func (c *Conn) SendFragment(m wsh.Message, end bool) error {
	if !c.Opened() {
		return errNotOpen
	}
	if err := c.beginWrite(); err != nil {
		return err
	}
	defer c.endWrite()
	return c.send(m, end)
}

// errFragments is the error of sending a whole message before a fragmented one has ended. Waiting instead would
// block for ever a handler that means to end the fragments so, as pywebsocket's may.
var errFragments = fmt.Errorf("%w: a message begun by SendFragment is open: SendFragment(m, true) ends it", wsh.ErrBadOperation)

// beginMessage is beginWrite for a message that is sent whole. With wait it waits for the end of a fragmented
// message.
func (c *Conn) beginMessage(wait bool) error {
	for {
		if err := c.beginWrite(); err != nil {
			return err
		}
		if !c.out.begun || c.phase.has(closeSent) {
			return nil
		}
		whole := c.out.whole
		c.endWrite()
		if !wait {
			return errFragments
		}
		select {
		case <-whole:
		case <-c.phase.done(closeSent):
			return errServerClosed
		case <-c.phase.done(down):
			return c.broken()
		}
	}
}

// beginWrite waits until nobody else writes, or the connection is down.
func (c *Conn) beginWrite() error {
	if err := c.await(&c.out.writing, time.Time{}, down); err != nil {
		return err
	}
	if err := c.broken(); err != nil {
		c.endWrite()
		return err
	}
	return nil
}

// beginWriteBy, for the Close frame, waits even if the connection is down, but no longer than until.
func (c *Conn) beginWriteBy(until time.Time) error { return c.await(&c.out.writing, until, never) }

func (c *Conn) endWrite() { c.out.writing.unlock() }

// send sends m now, or, if the client's next frame is here, together with the answer to that.
func (c *Conn) send(m wsh.Message, end bool) error {
	o := &c.out
	if c.phase.has(closeSent) {
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
	messages := 0
	if end {
		first |= 0x80
		messages = 1
	}
	c.stats.sent(messages, len(m.Data))
	err := c.frame(first, m.Data, end)
	if err != nil {
		c.stats.sent(-messages, -len(m.Data))
	}
	if end && o.begun {
		close(o.whole)
	}
	o.begun, o.check = !end, check
	return err
}

// valid reports whether text is valid UTF-8: whole, or as the next fragment of a message.
func valid(check *utf8Check, p []byte, whole, end bool) bool {
	if whole {
		return utf8.Valid(p)
	}
	return check.write(p) && (check.done() || !end)
}

// frames is memory for outgoing frames.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// maxCopy is the largest payload that is copied behind its header, which is then cheaper than writing two
// pieces.
const maxCopy = 32 << 10

// frame encodes one data frame and sends it.
func (c *Conn) frame(first byte, p []byte, end bool) error {
	if c.out.compressed {
		p = c.deflate(p, end)
		defer c.releaseDeflater(end)
	}
	var header [protocol.MaxHeader]byte
	return c.putFrame(protocol.AppendHeader(header[:0], first, len(p)), p, c.ahead.Load())
}

// putFrame writes the unsent frames and this one, or with more set adds it to them.
func (c *Conn) putFrame(header, p []byte, more bool) error {
	b := c.out.append(header)
	if len(p) <= maxCopy {
		*b = append(*b, p...)
		if more && c.flushLater() {
			return nil
		}
		return c.flush()
	}
	switch c.nc.(type) {
	case *net.TCPConn, *net.UnixConn: // these have writev(2)
		return c.flushWith(p)
	}
	n := max(0, maxCopy-len(*b))
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
	if err := c.beginWrite(); err != nil {
		return err
	}
	defer c.endWrite()
	if c.phase.has(closeSent) {
		return errServerClosed
	}
	return c.write(append(protocol.AppendHeader(make([]byte, 0, 2+protocol.MaxControl), 0x89, len(body)), body...))
}
