package stream

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/flate"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Compressed messages are inflated here and not by coder, which takes a block with BFINAL set for the
// message's end and carries what follows it into the next message.

// trailer follows every compressed message: the four bytes that its sender has left out (RFC 7692, section
// 7.2.2), then an empty final block. flate reaches that only if the message ended at the end of a block.
const trailer = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// windowSize is the largest distance of a reference in deflate data.
const windowSize = 32 << 10

// maxFinal bounds the final blocks of one message, since each costs as much time as many bytes.
const maxFinal = 1024

// inflater inflates one message. It is its own flate.Reader, so that flate takes no byte too many.
type inflater struct {
	flate  io.ReadCloser
	c      *Conn
	src    io.Reader // the message as coder gives it
	buf    [1024]byte
	r, w   int
	window []byte // memory for windowAfter
	end    int    // bytes of the trailer that flate has read; -1: the message has more
	err    error  // of src, but for its end
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// ReadByte is how flate reads.
func (z *inflater) ReadByte() (byte, error) {
	if z.r == z.w && !z.more() {
		if z.err != nil {
			return 0, z.err
		}
		if z.end == len(trailer) {
			return 0, io.EOF
		}
		z.end++
		return trailer[z.end-1], nil
	}
	z.r++
	return z.buf[z.r-1], nil
}

// Read serves stored blocks.
func (z *inflater) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := z.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	n := 1 + copy(p[1:], z.buf[z.r:z.w])
	z.r += n - 1
	return n, nil
}

// more reads the next bytes of the message: only those that have been received, since coder waits for all that
// it is asked for.
func (z *inflater) more() bool {
	for z.end < 0 && z.err == nil {
		here := min(z.c.in.left(), int64(z.c.in.buffered()))
		n, err := z.src.Read(z.buf[:min(max(here, 1), int64(len(z.buf)))])
		z.r, z.w = 0, n
		if errors.Is(err, io.EOF) {
			z.end = 0
		} else if err != nil {
			z.err = err
		}
		if n > 0 {
			return true
		}
	}
	return false
}

// inflate appends to b the message that r reads compressed.
func (c *Conn) inflate(r io.Reader, b []byte) ([]byte, error) {
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	z.c, z.src, z.r, z.w, z.end, z.err = c, r, 0, 0, -1, nil
	defer func() { z.c, z.src = nil, nil }()
	z.reset(c.in.window)
	for final := 0; ; {
		b = slices.Grow(b, 512)
		n, err := z.flate.Read(b[len(b):cap(b)])
		piece := b[len(b) : len(b)+n]
		b = b[:len(b)+n]
		if limit := c.conf.MessageSize; limit >= 0 && int64(len(b)) > limit {
			c.hit(LimitMessageSize)
			return b, &protocol.Fault{Code: wsh.StatusMessageTooBig, What: fmt.Sprintf("message of more than %d bytes", limit)}
		}
		if c.in.text && !c.in.check.write(piece) {
			return b, notUTF8
		}
		switch {
		case err == nil:
			continue
		case z.err != nil:
			return b, z.err
		case !errors.Is(err, io.EOF):
			return b, &protocol.Fault{Code: wsh.StatusInvalidFramePayloadData, What: "compressed data that is broken"}
		}
		// A final block: the trailer's, or one of the message's own (RFC 7692, section 7.2.3.4),
		// which may be the one that lost its last four bytes.
		if z.r == z.w && !z.more() && (z.end == 0 || z.end == 4 || z.end == len(trailer)) {
			break
		}
		if final++; final > maxFinal {
			return b, &protocol.Fault{Code: wsh.StatusInvalidFramePayloadData, What: "compressed data with too many final blocks"}
		}
		z.reset(z.windowAfter(c.in.window, b))
	}
	if !c.ext.clientFresh {
		c.in.window = appendWindow(c.in.window, b, c.ext.inflateWindow())
	}
	return b, nil
}

func (z *inflater) reset(window []byte) {
	if z.flate == nil {
		z.flate = flate.NewReaderDict(z, window)
		return
	}
	z.flate.(flate.Resetter).Reset(z, window)
}

// inflateWindow is the largest distance of a reference in the client's messages.
func (p *deflateParams) inflateWindow() int {
	if p.clientBits != 0 {
		return 1 << max(p.clientBits, leastClientBits)
	}
	return windowSize
}

// windowAfter is the window after b, the message's inflated beginning. It is valid until the next call.
func (z *inflater) windowAfter(window, b []byte) []byte {
	if len(b) >= windowSize {
		return b[len(b)-windowSize:]
	}
	keep := min(len(window), windowSize-len(b))
	z.window = append(append(z.window[:0], window[len(window)-keep:]...), b...)
	return z.window
}
