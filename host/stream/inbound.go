package stream

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// inbound is the read side, down to the byte. It belongs to whoever holds Conn.turn.
type inbound struct {
	buf  *[bufSize]byte // nil: nothing is buffered
	r, w int            // buf[r:w] has been read from TCP and not been used
	pre  []byte         // comes before TCP: New got it
	err  error          // TCP's end
	lazy lazy

	frame protocol.Header // the data frame under way
	at    int64           // payload bytes of it that have been used
	hand  []byte          // what coder has not yet got of its header
	head  [protocol.MaxHeader]byte

	begun      bool // a message has begun and its last frame has not
	text       bool // the message under way
	compressed bool
	size       int64 // of its frames, as far as seen
	check      utf8Check

	code     wsh.StatusCode // the client's Close frame, once Conn.clientClosed
	reason   string
	answered bool // it was told to the handler, or needs no answer

	coder  *websocket.Conn // made for the first message
	half   *half           // the message that a timed Receive left half read
	window []byte          // the end of what was inflated, with context takeover
	lent   *[]byte         // Data of a message received with reuse

	mode  mode
	timed bool // a read deadline is set
}

// mode is who reads.
type mode uint8

const (
	receiving mode = iota // the handler: its hooks may run
	watching              // nobody: a frame that a hook waits for stays
	ending                // End: the hooks are no longer called
)

var (
	errHeard = errors.New("the client has closed")
	errLater = errors.New("a frame waits for its hook")

	// RFC 6455, section 5.5.1: what comes between the server's Close frame and the client's need not be
	// read as messages.
	errUnwanted = errors.New("the server has closed")
)

// parse reads the header of the frame that may come next.
func (c *Conn) parse(b []byte) (protocol.Header, int, error) {
	return protocol.Receiver{Begun: c.in.begun, Deflate: c.ext.on}.Parse(b)
}

func (in *inbound) buffered() int { return in.w - in.r }

func (in *inbound) bytes() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf[in.r:in.w]
}

// left is how much of the frame's payload has not been used.
func (in *inbound) left() int64 { return in.frame.Size - in.at }

// between reports whether the next byte begins a frame.
func (in *inbound) between() bool { return in.left() == 0 && len(in.hand) == 0 && in.half == nil }

// nextFrame waits for the header of a data frame, serving the control frames before it.
func (c *Conn) nextFrame() error {
	for {
		h, n, err := c.controls()
		if err != nil {
			return err
		}
		if n > 0 {
			return c.begin(h, n)
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
		if c.clientClosed.Load() {
			return h, 0, errHeard
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
		if in.mode == watching && c.hookFor(h.Opcode, body[:h.Size]) != nil {
			return h, 0, errLater
		}
		in.r += end
		c.seen(h)
		if err := c.control(h.Opcode, body[:h.Size]); err != nil {
			return h, 0, err
		}
	}
}

// begin takes the header of a data frame, which is n bytes long, and gets it ready for coder, or returns
// errUnwanted.
func (c *Conn) begin(h protocol.Header, n int) error {
	in := &c.in
	c.seen(h)
	if !in.begun {
		in.text, in.compressed = h.Opcode == wsh.OpcodeText, h.Rsv1
		in.size, in.check = 0, utf8Check{}
	}
	in.begun = !h.Fin
	in.frame, in.at = h, 0
	in.hand = append(in.head[:0], in.bytes()[:n]...)
	in.hand[0] &^= 0x40 // coder sees no compression: inflating is ours
	in.r += n
	if c.serverClosed.Load() {
		return errUnwanted
	}
	// Sizes are added only after they have been compared, as two may not fit an int64.
	limit := c.conf.MessageSize
	if limit >= 0 && !in.compressed && h.Size > limit-in.size {
		c.hit(LimitMessageSize)
		return &protocol.Fault{Code: wsh.StatusMessageTooBig, What: fmt.Sprintf("message of more than %d bytes", limit)}
	}
	in.size += min(h.Size, 1<<62-in.size)
	return nil
}
