package dial

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// maxMessage bounds a message that is received, in bytes.
const maxMessage = 64 << 20

// received is one frame, or why there are no more.
type received struct {
	head   protocol.Header
	bytes  []byte // of the header
	body   []byte
	err    error
	within int // bytes of the message so far
}

// message is one that has been received.
type message struct {
	wsh.Message
	packed bool
	frames int
}

// receive reads frames on a goroutine of its own, which ends with the connection, or at the first error.
func (c *connection) receive(over <-chan struct{}) <-chan received {
	to := make(chan received)
	go func() {
		rules := protocol.Receiver{Client: true, Deflate: c.deflate != nil}
		for within := 0; ; {
			r := c.frame(rules, within)
			if r.err == nil && r.head.Opcode < wsh.OpcodeClose {
				rules.Begun, within = !r.head.Fin, r.within
				if r.head.Fin {
					within = 0
				}
			}
			select {
			case to <- r:
			case <-over:
				return
			}
			if r.err != nil {
				return
			}
		}
	}()
	return to
}

// frame reads one frame.
func (c *connection) frame(rules protocol.Receiver, within int) (r received) {
	for n := 0; n == 0; {
		b, err := c.r.ReadByte()
		if err != nil {
			r.err = err
			return r
		}
		r.bytes = append(r.bytes, b)
		if r.head, n, r.err = rules.Parse(r.bytes); r.err != nil {
			return r
		}
	}
	if r.head.Size > int64(maxMessage-within) {
		r.err = &protocol.Fault{Code: wsh.StatusMessageTooBig, What: "a message of more than 64 MiB"}
		return r
	}
	r.within = within + int(r.head.Size)
	r.body = make([]byte, r.head.Size)
	_, r.err = io.ReadFull(c.r, r.body)
	return r
}

// heed does what a frame of the server's asks for.
func (c *client) heed(r received) {
	var fault *protocol.Fault
	switch {
	case errors.As(r.err, &fault):
		c.fail(fault.Code, fault.What)
		return
	case r.err != nil:
		c.ended, c.code = true, wsh.StatusAbnormalClosure
		c.note("the connection has ended without a Close frame (1006): %v", r.err)
		return
	}
	c.showFrame("<", wsh.FrameHeader{Fin: r.head.Fin, Rsv1: r.head.Rsv1, Opcode: r.head.Opcode}, r.bytes, r.body)
	switch r.head.Opcode {
	case wsh.OpcodePing:
		if !c.NoPong && !c.closeSent {
			c.sendFrame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePong}, r.body)
		}
	case wsh.OpcodePong:
		c.pongs = min(c.pongs+1, maxInbox)
	case wsh.OpcodeClose:
		c.closed(r.body)
	default:
		c.fragment(r)
	}
}

// fragment adds a frame to its message, and shows that when it is whole.
func (c *client) fragment(r received) {
	if c.message == nil {
		c.message = &message{packed: r.head.Rsv1}
		c.message.Binary = r.head.Opcode == wsh.OpcodeBinary
	}
	m := c.message
	m.frames++
	m.Data = append(m.Data, r.body...)
	if !r.head.Fin {
		return
	}
	c.message = nil
	if m.packed {
		var err error
		if m.Data, err = c.deflate.unpack(m.Data); err != nil {
			c.fail(wsh.StatusInvalidFramePayloadData, err.Error())
			return
		}
	}
	if !m.Binary && !utf8.Valid(m.Data) {
		c.fail(wsh.StatusInvalidFramePayloadData, "a text message is not UTF-8")
		return
	}
	c.got++
	c.inbox = append(c.inbox, *m)
	if len(c.inbox) > maxInbox {
		c.inbox = c.inbox[1:]
	}
	c.showMessage(*m)
}

// maxInbox is how many messages wait for a script to look at them; then the oldest is forgotten.
const maxInbox = 1024

// closed takes the server's Close frame, and answers it.
func (c *client) closed(body []byte) {
	code, reason, err := protocol.ParseClose(body)
	if err != nil {
		c.fail(wsh.StatusProtocolError, err.Error())
		return
	}
	answer := !c.closeSent
	who := "the server closed"
	if !answer {
		who = "closed; the server answered"
	}
	if answer {
		c.sendClose(code, "")
	}
	c.ended, c.code, c.reason = true, code, reason
	if reason != "" {
		reason = fmt.Sprintf(" %q", reason)
	}
	if code == wsh.StatusNoStatusReceived {
		c.note("%s without a code", who)
		return
	}
	c.note("%s with %d%s", who, code, reason)
}

// fail ends a connection whose server broke the protocol.
func (c *client) fail(code wsh.StatusCode, what string) {
	c.note("the server broke the protocol: %s", what)
	if !c.closeSent {
		c.sendClose(code, "")
	}
	c.ended, c.code = true, wsh.StatusAbnormalClosure
}

// sendFrame masks and sends a frame, and shows it. What cannot be sent shows when reading ends.
func (c *client) sendFrame(h wsh.FrameHeader, body []byte) {
	if h.Mask == nil {
		h.Mask = random(4)
	}
	frame := wsh.Frame(h, body)
	c.showFrame(">", h, frame[:len(frame)-len(body)], body)
	_, _ = c.c.Write(frame)
}

// sendClose sends a Close frame. A code of 0, or 1005, sends an empty one.
func (c *client) sendClose(code wsh.StatusCode, reason string) {
	c.closeSent = true
	var body []byte
	if code != 0 && code != wsh.StatusNoStatusReceived {
		body = append([]byte{byte(code >> 8), byte(code)}, reason...)
	}
	c.sendFrame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeClose}, body)
}

// send sends a message in one frame.
func (c *client) send(m wsh.Message) error {
	h := wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeText}
	if m.Binary {
		h.Opcode = wsh.OpcodeBinary
	}
	data := m.Data
	if c.deflate != nil {
		var err error
		if data, err = c.deflate.pack(data); err != nil {
			return err
		}
		h.Rsv1 = true
	}
	c.sendFrame(h, data)
	return nil
}
