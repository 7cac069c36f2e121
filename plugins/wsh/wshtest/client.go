package wshtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Client is the far end of a handler's connection. It reads only when asked to, so that a handler's
// CloseConnection waits until the test gets there; it then answers pings and a close as a browser
// does. Its methods are for one goroutine, the test's.
//
// What goes wrong fails the test at once, with what the handler returned.
type Client struct {
	t        testing.TB
	patience time.Duration
	r        *wsh.Request
	s        *stream

	answered chan struct{} // closed when the handshake is decided
	response Response
	done     chan struct{} // closed when the handler has returned and its connection has ended
	err      error         // what the handler returned

	messages     []wsh.Message // received while something else was waited for
	pings, pongs [][]byte
	coming       assembly
	end          End // of the handler's Close frame
	over         error
	saidClose    bool
}

// End is how a connection ended.
type End struct {
	Code   wsh.StatusCode // of the handler's Close frame; 1005: it had none; 1006: there was no frame
	Reason string
	Err    error // what TransferData returned, as it is; *Panic if it panicked
}

// Response waits until the handshake has been decided and returns the answer.
func (c *Client) Response() Response {
	c.t.Helper()
	c.wait(c.answered, "DoExtraHandshake has not returned")
	return c.response
}

// connected waits for the 101.
func (c *Client) connected() {
	c.t.Helper()
	if r := c.Response(); r.Status != 101 {
		c.fatalf("the handshake was refused: %d %s (%v)", r.Status, r.Reason, r.Err)
	}
}

// Send sends a message.
func (c *Client) Send(m wsh.Message) {
	c.t.Helper()
	opcode := wsh.OpcodeText
	if m.Binary {
		opcode = wsh.OpcodeBinary
	}
	c.frame(wsh.FrameHeader{Fin: true, Opcode: opcode}, m.Data)
}

// SendText sends a text message.
func (c *Client) SendText(s string) { c.t.Helper(); c.Send(wsh.Text(s)) }

// SendBinary sends a binary message.
func (c *Client) SendBinary(p []byte) { c.t.Helper(); c.Send(wsh.Binary(p)) }

// SendFragments sends a message in pieces, one frame each.
func (c *Client) SendFragments(binary bool, pieces ...string) {
	c.t.Helper()
	opcode := wsh.OpcodeText
	if binary {
		opcode = wsh.OpcodeBinary
	}
	for i, piece := range pieces {
		c.frame(wsh.FrameHeader{Fin: i == len(pieces)-1, Opcode: opcode}, []byte(piece))
		opcode = wsh.OpcodeContinuation
	}
}

// Ping sends a ping. Pong receives what answers it.
func (c *Client) Ping(body string) {
	c.t.Helper()
	c.frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePing}, []byte(body))
}

// SendPong sends a pong that nobody asked for.
func (c *Client) SendPong(body string) {
	c.t.Helper()
	c.frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePong}, []byte(body))
}

// frame sends a masked frame. A handler that is gone does not hear it: what a client sends may
// always cross the end.
func (c *Client) frame(h wsh.FrameHeader, payload []byte) {
	c.t.Helper()
	c.connected()
	h.Mask = make([]byte, 4)
	_, _ = rand.Read(h.Mask) // never fails
	_ = c.s.in.write(wsh.Frame(h, payload), true)
}

// WriteRaw sends bytes as they are, before the handshake is decided too.
func (c *Client) WriteRaw(p []byte) { _ = c.s.in.write(p, true) }

// ReadRaw returns the next n bytes of what the handler sent, frames or what it wrote with WriteRaw;
// fewer at the end of the connection. The 101 itself is not among them.
func (c *Client) ReadRaw(n int) []byte {
	c.t.Helper()
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	p, err := c.s.out.raw(timer.C, n)
	if errors.Is(err, wsh.ErrTimeout) {
		c.fatalf("no %d bytes came within %v, but %d%s", n, c.patience, len(p), c.instead())
	}
	return p
}

// Next returns the next message. Once the handler has closed it returns io.EOF, and
// io.ErrUnexpectedEOF if the connection ended without a Close frame.
func (c *Client) Next() (wsh.Message, error) {
	c.t.Helper()
	err := c.until("message", func() bool { return len(c.messages) > 0 })
	if err != nil {
		return wsh.Message{}, err
	}
	m := c.messages[0]
	c.messages = c.messages[1:]
	return m, nil
}

// Receive returns the next message.
func (c *Client) Receive() wsh.Message {
	c.t.Helper()
	m, err := c.Next()
	if err != nil {
		c.fatalf("no message came%s: %v", c.instead(), c.Wait())
	}
	return m
}

// ReceiveText returns the next message, which must be text.
func (c *Client) ReceiveText() string {
	c.t.Helper()
	m := c.Receive()
	if m.Binary {
		c.fatalf("%s came, want text", shown(m))
	}
	return m.Text()
}

// Expect wants the next messages to be these texts.
func (c *Client) Expect(texts ...string) {
	c.t.Helper()
	for _, want := range texts {
		m, err := c.Next()
		if err != nil {
			c.fatalf("no message came%s, want the text %q: %v", c.instead(), want, c.Wait())
		}
		if m.Binary || m.Text() != want {
			c.fatalf("%s came, want the text %q", shown(m), want)
		}
	}
}

// Pong returns the body of the next pong.
func (c *Client) Pong() string { c.t.Helper(); return c.control("pong", &c.pongs) }

// ReceivePing returns the body of the next ping, which has been answered.
func (c *Client) ReceivePing() string { c.t.Helper(); return c.control("ping", &c.pings) }

func (c *Client) control(what string, queue *[][]byte) string {
	c.t.Helper()
	if err := c.until(what, func() bool { return len(*queue) > 0 }); err != nil {
		c.fatalf("no %s came%s: %v", what, c.instead(), c.Wait())
	}
	body := (*queue)[0]
	*queue = (*queue)[1:]
	return string(body)
}

// until reads frames until there is what is wanted, or returns why there will be none.
func (c *Client) until(what string, there func() bool) error {
	c.t.Helper()
	c.connected()
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	for !there() {
		if c.over != nil {
			return c.over
		}
		if err := c.read(timer.C); errors.Is(err, wsh.ErrTimeout) {
			c.fatalf("no %s came within %v%s", what, c.patience, c.instead())
		}
	}
	return nil
}

// read takes in one frame.
func (c *Client) read(quit <-chan time.Time) error {
	var f frame
	err := c.s.out.take(quit, func(buf []byte) (n int, err error) {
		f, n, err = parseFrame(buf, protocol.Receiver{Client: true, Begun: c.coming.begun})
		return n, err
	})
	var fault *protocol.Fault
	switch {
	case errors.Is(err, wsh.ErrTimeout):
		return err
	case errors.As(err, &fault):
		c.forbidden(fault)
		return nil
	case err != nil:
		c.over = io.ErrUnexpectedEOF
		return nil
	}
	switch f.Opcode {
	case wsh.OpcodePing:
		c.pings = append(c.pings, f.payload)
		_ = c.s.in.write(c.masked(wsh.OpcodePong, f.payload), true)
	case wsh.OpcodePong:
		c.pongs = append(c.pongs, f.payload)
	case wsh.OpcodeClose:
		code, reason, err := protocol.ParseClose(f.payload)
		if errors.As(err, &fault) {
			c.forbidden(fault)
			return nil
		}
		c.over = io.EOF
		c.end.Code, c.end.Reason = code, reason
		if !c.saidClose {
			c.saidClose = true
			_ = c.s.in.write(c.masked(wsh.OpcodeClose, f.payload), true)
		}
	default:
		if m, whole := c.coming.add(f); whole {
			c.messages = append(c.messages, m)
		}
	}
	return nil
}

// forbidden ends the connection for a frame of the handler's, which can send such by WriteRaw only.
func (c *Client) forbidden(f *protocol.Fault) {
	c.over = fmt.Errorf("the handler sent what RFC 6455 forbids: %s: a client answers with %d", f.What, f.Code)
	_ = c.s.in.write(c.masked(wsh.OpcodeClose, closeBody(f.Code, "")), true)
	c.s.in.close()
}

func (c *Client) masked(o wsh.Opcode, payload []byte) []byte {
	return wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: o, Mask: []byte{1, 2, 3, 4}}, payload)
}
