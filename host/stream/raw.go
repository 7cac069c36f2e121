package stream

import (
	"fmt"
	"io"
	"time"

	"wshd/plugins/wsh"
)

// WriteRaw writes p as it is, between two frames or before the first.
func (c *Conn) WriteRaw(p []byte) error {
	if c.conf.NoRaw {
		return errNoRaw
	}
	return c.Answer(p)
}

// errNoRaw is what raw bytes come to over HTTP/2.
var errNoRaw = fmt.Errorf("%w: this client came by HTTP/2, where nothing is read or written raw: its connection is shared", wsh.ErrBadOperation)

// Answer writes an HTTP answer that is no 101.
func (c *Conn) Answer(p []byte) error {
	if err := c.beginWrite(); err != nil {
		return err
	}
	defer c.endWrite()
	return c.write(p)
}

// ReadRaw reads n bytes of the connection, where the next frame would begin; see wsh.Request.
func (c *Conn) ReadRaw(n int) ([]byte, error) {
	switch {
	case c.conf.NoRaw:
		return nil, errNoRaw
	case n < 0:
		return nil, fmt.Errorf("%w: reading %d bytes", wsh.ErrBadOperation, n)
	case c.inHook.Load():
		return nil, fmt.Errorf("%w: a hook cannot read", wsh.ErrBadOperation)
	}
	if err := c.beginRead(receiving, time.Time{}, down); err != nil {
		return nil, err
	}
	defer c.endRead()
	in := &c.in
	if !in.betweenFrames() {
		return nil, fmt.Errorf("%w: reading within a message", wsh.ErrBadOperation)
	}
	var b []byte
	for len(b) < n {
		if in.buffered() == 0 {
			if err := c.fillBuffer(); err != nil {
				return b, rawEnd(b, in.err, err)
			}
		}
		k := min(n-len(b), in.buffered())
		b = append(b, in.bytes()[:k]...)
		in.r += k
	}
	return b, nil
}

// rawEnd is the error of ReadRaw: at the end of TCP io.EOF or io.ErrUnexpectedEOF, otherwise err.
func rawEnd(b []byte, end, err error) error {
	switch {
	case end == nil:
		return err
	case len(b) == 0:
		return io.EOF
	}
	return io.ErrUnexpectedEOF
}
