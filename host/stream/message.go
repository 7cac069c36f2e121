package stream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/coder/websocket"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// wire is the connection as coder/websocket sees it: data frames only, each checked before coder reads its
// first byte, and never a byte of the next frame. What coder writes is discarded.
type wire struct {
	net.Conn // for its addresses
	c        *Conn
}

func (w *wire) Write(p []byte) (int, error) { return len(p), nil }

func (w *wire) Close() error { return nil }

// Read waits for at least one byte of a data frame.
func (w *wire) Read(p []byte) (int, error) {
	c, in := w.c, &w.c.in
	for {
		switch {
		case len(in.header) > 0:
			n := copy(p, in.header)
			in.header = in.header[n:]
			return n, nil
		case in.left() == 0:
			if err := c.nextFrame(); err != nil {
				return 0, err
			}
		case in.buffered() > 0:
			n := copy(p[:min(int64(len(p)), in.left())], in.bytes())
			in.r += n
			return c.used(p[:n])
		case len(p) >= directRead && (in.partial == nil || !in.partial.running):
			n, err := c.readTCP(p[:min(int64(len(p)), in.left())])
			if err != nil {
				return 0, err
			}
			return c.used(p[:n])
		default:
			if err := c.fill(); err != nil {
				return 0, err
			}
		}
	}
}

// used counts payload that coder reads, and checks text: the connection is closed at the first bad byte,
// however much of the message is still to come.
func (c *Conn) used(p []byte) (int, error) {
	in := &c.in
	if in.text && !in.compressed && !in.check.writeMasked(p, protocol.Turned(in.frame.Key, in.at)) {
		return 0, notUTF8
	}
	in.at += int64(len(p))
	return len(p), nil
}

var notUTF8 = &protocol.Fault{Code: wsh.StatusInvalidFramePayloadData, What: "text that is not UTF-8"}

// coderRequest is a handshake for coder to accept; the client's own has been answered by then.
// It offers no compression: see inflate.
var coderRequest = &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{
	"Connection":            {"Upgrade"},
	"Upgrade":               {"websocket"},
	"Sec-Websocket-Version": {"13"},
	"Sec-Websocket-Key":     {"AAAAAAAAAAAAAAAAAAAAAA=="},
}}

// hijacked is the http.ResponseWriter of coderRequest.
type hijacked struct {
	w      *wire
	header http.Header
}

func (h *hijacked) Header() http.Header         { return h.header }
func (h *hijacked) Write(p []byte) (int, error) { return len(p), nil }
func (h *hijacked) WriteHeader(int)             {}

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	// 16 bytes are the least that bufio takes; what is longer goes straight into a message's
	// memory.
	return h.w, bufio.NewReadWriter(bufio.NewReaderSize(h.w, 16), bufio.NewWriterSize(h.w, 16)), nil
}

// message reads, through coder, the message whose first header beginFrame has passed on.
func (c *Conn) message(b []byte) (wsh.Message, error) {
	in := &c.in
	if in.coder == nil {
		h := &hijacked{w: &wire{Conn: c.nc, c: c}, header: http.Header{}}
		coder, err := websocket.Accept(h, coderRequest, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return wsh.Message{}, fmt.Errorf("accept: %w", err)
		}
		coder.SetReadLimit(-1) // beginFrame and inflate hold the limit
		in.coder = coder
	}
	_, r, err := in.coder.Reader(context.Background()) // no deadline: no goroutine, no timer
	if err != nil {
		return wsh.Message{}, err
	}
	text := in.text
	if in.compressed {
		b, err = c.inflate(r, b)
	} else {
		b, err = c.gather(r, b)
	}
	if err == nil && text && !in.check.done() {
		err = notUTF8
	}
	return wsh.Message{Binary: !text, Data: b}, err
}

// gather appends a message's payload to b. Memory grows with what has been received, not with what a header
// announces: for a frame by what it announces, but no more than one step or as much again as has been received;
// between fragments, which may be of one byte each, b at least doubles.
func (c *Conn) gather(r io.Reader, b []byte) ([]byte, error) {
	const step = 32 << 10
	for {
		// The message is whole with its last frame. Reading on to coder's EOF would be one more call.
		if !c.in.begun && int64(len(b)) == c.in.size {
			return b, nil
		}
		have, want := int64(len(b)), c.in.left()
		if int64(cap(b))-have < min(want, step) {
			more := min(want, max(step, have))
			if c.in.begun {
				more = max(more, have)
			}
			b = append(make([]byte, 0, have+more), b...)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if n == 0 && c.in.left() == 0 { // b is full, and coder's bufio holds the rest
			b = slices.Grow(b, 16)
		}
	}
}
