package stream

import (
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// A publication is the same frame for every member. It is encoded once, and compressed at most once, without
// references to earlier messages: that may also be sent where context takeover was agreed (RFC 7692, section
// 7.1.1.1), and no member needs a compressor of its own.

// Deliver sends m whole, between the messages of Send and SendFragment; see wsh.Stream.
func (c *Conn) Deliver(m *wsh.Outgoing, more bool) error {
	if !c.Opened() {
		select {
		case <-c.phase.done(opened):
		case <-c.phase.done(down):
			return c.broken()
		}
	}
	if err := c.beginMessage(true); err != nil {
		return err
	}
	defer c.endWrite()
	return c.deliver(m, more)
}

func (c *Conn) deliver(m *wsh.Outgoing, more bool) error {
	if err := c.cannotSend(); err != nil {
		return err
	}
	if c.out.compressed = c.smallWindow() && c.compresses(len(m.Data), true); c.out.compressed {
		c.stats.sent(1, len(m.Data))
		err := c.frame(m.Frame[0]|0x40, m.Data, true)
		if err != nil {
			c.stats.sent(-1, -len(m.Data))
		}
		return err
	}
	frame, deflated := c.shared(m)
	c.stats.sent(1, len(m.Data))
	err := c.putFrame(nil, frame, more || c.ahead.Load())
	if err != nil {
		c.stats.sent(-1, -len(m.Data))
		return err
	}
	c.delivered(m, deflated)
	return nil
}

// Offer is Deliver without waiting. It reports whether m has been sent, or will be as soon as a goroutine of
// the stream's runs; otherwise no byte of it has been sent, and Deliver may send it. It only sends what one
// write to a plain socket can take.
func Offer(m *wsh.Outgoing, to wsh.Stream) bool {
	c, ok := to.(*Conn)
	if !ok || c.raw == nil || len(m.Frame) > maxWrite || !c.out.writing.tryLock() {
		return false
	}
	defer c.endWrite()
	o := &c.out
	if o.begun || o.unsent != nil || c.cannotSend() != nil || c.smallWindow() {
		return false
	}
	frame, deflated := c.shared(m)
	c.stats.sent(1, len(m.Data))
	rest := c.putNow(frame)
	if len(rest) == len(frame) {
		c.stats.sent(-1, -len(m.Data))
		return false
	}
	c.delivered(m, deflated)
	if len(rest) > 0 { // the socket's buffer was full in the middle of the frame
		o.append(rest)
		if !c.startFlush() {
			o.err = errEnded
		}
	}
	return true
}

// cannotSend returns why no message may be sent now.
func (c *Conn) cannotSend() error {
	switch {
	case !c.Opened():
		return errNotOpen
	case c.phase.has(closeSent):
		return errServerClosed
	}
	return c.broken()
}

// shared is m's frame for this connection.
func (c *Conn) shared(m *wsh.Outgoing) (frame []byte, deflated bool) {
	if c.smallWindow() || !c.compresses(len(m.Data), true) {
		return m.Frame, false
	}
	return m.Deflated(deflateAlone), true
}

// deflateAlone is m as a compressed frame without references to other messages.
func deflateAlone(m wsh.Message) []byte {
	z := deflaters.get()
	defer z.release()
	z.out = z.out[:0]
	z.deflate(m.Data, true, nil)
	p := z.finished(true)
	first := byte(0x80 | 0x40 | wsh.OpcodeText)
	if m.Binary {
		first = byte(0x80 | 0x40 | wsh.OpcodeBinary)
	}
	return append(protocol.AppendHeader(make([]byte, 0, protocol.MaxHeader+len(p)), first, len(p)), p...)
}

// delivered appends m to the window, if there is one: a connection that is only sent publications needs none.
func (c *Conn) delivered(m *wsh.Outgoing, deflated bool) {
	if deflated && len(c.out.window) > 0 {
		c.takeOver(m.Data)
	}
}
