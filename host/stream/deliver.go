package stream

import (
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// What a room publishes is the same frame for every member. It is encoded once, and compressed at most
// once, apart from any context: a member that agreed to context takeover may be sent that too (RFC 7692,
// section 7.1.1.1), and needs no compressor of its own.

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
	var err error
	if c.out.compressed = c.smallWindow() && c.compresses(len(m.Data), true); c.out.compressed {
		err = c.frame(m.Frame[0]|0x40, m.Data, true)
	} else {
		err = c.putFrame(nil, c.shared(m), more || c.ahead.Load())
	}
	if err == nil {
		c.delivered(m)
	}
	return err
}

// Offer is Deliver that does not wait. It reports whether m has been sent, or will be as soon as a goroutine
// of the stream's gets to run; otherwise no byte of it has been, and Deliver may do it. It takes what goes out
// in one write to a plain socket.
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
	frame := c.shared(m)
	rest := c.putNow(frame)
	if len(rest) == len(frame) {
		return false
	}
	c.delivered(m)
	if len(rest) > 0 { // TCP is full in the middle of a frame
		o.append(rest)
		if !c.startFlush() {
			o.err = errEnded
		}
	}
	return true
}

// cannotSend is why no message may be sent now.
func (c *Conn) cannotSend() error {
	switch {
	case !c.Opened():
		return errNotOpen
	case c.phase.has(closeSent):
		return errServerClosed
	}
	return c.broken()
}

// shared is the frame that m is on this connection.
func (c *Conn) shared(m *wsh.Outgoing) []byte {
	if c.smallWindow() || !c.compresses(len(m.Data), true) {
		return m.Frame
	}
	// The client's window now has what our compressor's has not, so that it must begin anew.
	if z := c.out.deflate; z != nil {
		c.out.deflate = nil
		z.release()
	}
	return m.Deflated(deflateAlone)
}

// deflateAlone is m as a compressed frame of its own.
func deflateAlone(m wsh.Message) []byte {
	z := deflaters.Get().(*deflater)
	defer z.release()
	z.renew()
	p := z.deflate(m.Data, true)
	first := byte(0x80 | 0x40 | wsh.OpcodeText)
	if m.Binary {
		first = byte(0x80 | 0x40 | wsh.OpcodeBinary)
	}
	return append(protocol.AppendHeader(make([]byte, 0, protocol.MaxHeader+len(p)), first, len(p)), p...)
}

func (c *Conn) delivered(m *wsh.Outgoing) {
	c.stats.messagesOut.Add(1)
	c.stats.bytesOut.Add(int64(len(m.Data)))
}
