package stream

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Receive returns the next message; see wsh.Stream. A timeout below a millisecond counts as a millisecond.
func (c *Conn) Receive(timeout time.Duration, reuse bool) (wsh.Message, error) {
	if !c.Opened() {
		return wsh.Message{}, errNotOpen
	}
	if err := c.cannotReceive(); err != nil {
		return wsh.Message{}, err
	}
	var until time.Time
	if timeout >= 0 {
		until = time.Now().Add(max(timeout, time.Millisecond))
	}
	if c.rates != nil {
		if err := c.awaitRate(until); err != nil {
			return wsh.Message{}, err
		}
	}
	if err := c.beginRead(receiving, until, down); err != nil {
		return wsh.Message{}, err
	}
	defer c.endRead()
	m, err := c.receive(timeout >= 0, reuse)
	if errors.Is(err, errDiscard) || err == nil && c.phase.has(closeSent) {
		err = c.discard() // the client's Close frame follows
	}
	if err == nil && c.rates != nil {
		err = c.countRate(len(m.Data))
	}
	if err != nil {
		return wsh.Message{}, c.receiveError(err)
	}
	c.ahead.Store(c.frameFollows())
	c.stats.messagesIn.Add(1)
	c.stats.bytesIn.Add(int64(len(m.Data)))
	return m, nil
}

// cannotReceive is the error with which Receive returns without reading, if any.
func (c *Conn) cannotReceive() error {
	switch {
	case c.inHook.Load():
		return fmt.Errorf("%w: a hook cannot receive", wsh.ErrBadOperation)
	case c.phase.has(closeTold):
		return io.EOF
	}
	if err := c.broken(); err != nil {
		return err
	}
	if c.phase.has(closeSent) {
		return errServerClosed
	}
	return nil
}

// receive reads one message.
func (c *Conn) receive(timed, reuse bool) (wsh.Message, error) {
	in := &c.in
	if in.borrowed != nil {
		messages.Put(in.borrowed)
		in.borrowed = nil
	}
	if in.partial != nil {
		return in.partial.resume(c)
	}
	if len(in.header) == 0 {
		if err := c.nextFrame(); err != nil {
			return wsh.Message{}, err
		}
	}
	if in.isWhole() {
		if in.compressed {
			return c.wholeCompressed(reuse)
		}
		return c.wholeMessage(reuse)
	}
	if timed && (in.begun || in.left() > int64(in.buffered())) {
		in.partial = c.newPartial()
		return in.partial.resume(c)
	}
	if !reuse {
		return c.message(nil)
	}
	m, err := c.message(in.borrow())
	in.keep(m.Data)
	return m, err
}

// isWhole reports whether the message that begins here is one frame and buffered whole.
func (in *inbound) isWhole() bool {
	return !in.begun && in.size == in.frame.Size && in.size <= int64(in.buffered())
}

// wholeMessage takes such a message. coder/websocket reads only those that are not buffered whole.
func (c *Conn) wholeMessage(reuse bool) (wsh.Message, error) {
	in := &c.in
	n := int(in.size)
	var b []byte
	if reuse {
		b = in.borrow()
	}
	b = slices.Grow(b, n)[:n]
	protocol.Unmask(b, in.bytes()[:n], protocol.Turned(in.frame.Key, 0))
	in.header, in.at = nil, in.size
	in.r += n
	if in.text && !utf8.Valid(b) {
		return wsh.Message{}, notUTF8
	}
	in.keep(b)
	return wsh.Message{Binary: !in.text, Data: b}, nil
}

// wholeCompressed takes such a message, and inflates it.
func (c *Conn) wholeCompressed(reuse bool) (wsh.Message, error) {
	in := &c.in
	in.header = nil
	var b []byte
	if reuse {
		b = in.borrow()
	}
	b, err := c.inflate((*payload)(in), b)
	if err == nil && in.text && !in.check.done() {
		err = notUTF8
	}
	in.keep(b)
	return wsh.Message{Binary: !in.text, Data: b}, err
}

// payload reads the payload of a frame that is buffered whole.
type payload inbound

func (p *payload) Read(b []byte) (int, error) {
	in := (*inbound)(p)
	if in.left() == 0 {
		return 0, io.EOF
	}
	n := min(len(b), int(in.left()))
	protocol.Unmask(b[:n], in.bytes()[:n], protocol.Turned(in.frame.Key, in.at))
	in.r += n
	in.at += int64(n)
	return n, nil
}

// borrow takes memory from the pool for a message that is valid until the next Receive.
func (in *inbound) borrow() []byte {
	in.borrowed = messages.Get().(*[]byte)
	return (*in.borrowed)[:0]
}

// keep notes that borrowed memory has grown to b.
func (in *inbound) keep(b []byte) {
	if in.borrowed != nil && cap(b) > cap(*in.borrowed) && cap(b) <= maxKept {
		*in.borrowed = b
	}
}

// messages is memory for messages that are valid until the next Receive.
var messages = sync.Pool{New: func() any { return new([]byte) }}

// maxKept is the largest memory that a pool keeps.
const maxKept = 1 << 20

// receiveError turns the error that stopped the reading into the one that Receive returns.
func (c *Conn) receiveError(err error) error {
	var f *protocol.Fault
	switch {
	case errors.Is(err, wsh.ErrTimeout):
		return wsh.ErrTimeout
	case errors.Is(err, errCloseReceived):
		return c.answerClose()
	case errors.As(err, &f):
		return c.closeForFault(f)
	case errors.Is(err, wsh.ErrClosed):
		c.lost(err)
		return c.broken()
	}
	// A hook panicked within a message, and the handler went on.
	return c.closeForFault(&protocol.Fault{Code: wsh.StatusInternalEndpointError, What: fmt.Sprintf("reading: %v", err)})
}
