package stream

import (
	"errors"
	"fmt"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

var (
	errCloseReceived = errors.New("the client has closed")
	errForHook       = errors.New("a control frame is for a hook")

	// RFC 6455, section 5.5.1: what comes between the server's Close frame and the client's need not be
	// read as messages.
	errDiscard = errors.New("the server has closed")
)

// parse reads the header of the next frame, and checks that it may come now.
func (c *Conn) parse(b []byte) (protocol.Header, int, error) {
	return protocol.Receiver{Begun: c.in.begun, Deflate: c.ext.on}.Parse(b)
}

// left is how many bytes of the frame's payload have not been consumed.
func (in *inbound) left() int64 { return in.frame.Size - in.at }

// betweenFrames reports whether the next byte begins a frame.
func (in *inbound) betweenFrames() bool {
	return in.left() == 0 && len(in.header) == 0 && in.partial == nil
}

// nextFrame waits for the header of a data frame, serving the control frames before it.
func (c *Conn) nextFrame() error {
	for {
		h, n, err := c.controls()
		if err != nil {
			return err
		}
		if n > 0 {
			return c.beginFrame(h, n)
		}
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// controls serves the control frames that are buffered whole. If a data frame's header is next, it
// returns that and its length.
func (c *Conn) controls() (h protocol.Header, n int, err error) {
	in := &c.in
	for {
		if c.phase.has(closeReceived) {
			return h, 0, errCloseReceived
		}
		h, n, err = c.parse(in.bytes())
		if err != nil || n == 0 || h.Opcode < wsh.OpcodeClose {
			return h, n, err
		}
		end := n + int(h.Size)
		if in.buffered() < end {
			return h, 0, nil
		}
		var body [protocol.MaxControl]byte
		protocol.Unmask(body[:h.Size], in.bytes()[n:end], protocol.Turned(h.Key, 0))
		if in.mode == background && c.hookFor(h.Opcode, body[:h.Size]) != nil {
			return h, 0, errForHook
		}
		in.r += end
		c.seen(h)
		if err := c.control(h.Opcode, body[:h.Size]); err != nil {
			return h, 0, err
		}
	}
}

// beginFrame consumes the header of a data frame, n bytes long, and passes it on for coder to read, or returns
// errDiscard.
func (c *Conn) beginFrame(h protocol.Header, n int) error {
	in := &c.in
	c.seen(h)
	if !in.begun {
		in.text, in.compressed = h.Opcode == wsh.OpcodeText, h.Rsv1
		in.size, in.check = 0, utf8Check{}
	}
	in.begun = !h.Fin
	in.frame, in.at = h, 0
	in.header = append(in.headerBuf[:0], in.bytes()[:n]...)
	in.header[0] &^= 0x40 // coder sees no compression bit: inflate.go inflates
	in.r += n
	if c.phase.has(closeSent) {
		return errDiscard
	}
	// Sizes are compared before they are added: the sum may not fit an int64.
	limit := c.conf.MessageSize
	if limit >= 0 && !in.compressed && h.Size > limit-in.size {
		c.hit(LimitMessageSize)
		return &protocol.Fault{Code: wsh.StatusMessageTooBig, What: fmt.Sprintf("message of more than %d bytes", limit)}
	}
	in.size += min(h.Size, 1<<62-in.size)
	return nil
}

// frameFollows reports whether the client's next frame is buffered whole.
func (c *Conn) frameFollows() bool {
	h, n, err := c.parse(c.in.bytes())
	return err == nil && n > 0 && h.Size <= int64(c.in.buffered()-n)
}

// discard reads and discards until an error, which may be errCloseReceived.
func (c *Conn) discard() error {
	for {
		if err := c.discardFrame(); err != nil {
			return err
		}
	}
}

// discardFrame discards the rest of the data frame under way, and waits for the next.
func (c *Conn) discardFrame() error {
	err := c.skip()
	if err == nil {
		err = c.nextFrame()
	}
	if errors.Is(err, errDiscard) {
		return nil
	}
	return err
}

// skip discards the rest of the data frame under way.
func (c *Conn) skip() error {
	in := &c.in
	in.header = nil
	for in.left() > 0 {
		if in.buffered() == 0 {
			if err := c.fillBuffer(); err != nil {
				return err
			}
		}
		n := min(in.left(), int64(in.buffered()))
		in.r += int(n)
		in.at += n
	}
	return nil
}
