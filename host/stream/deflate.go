package stream

import (
	"compress/flate"
	"sync"
)

// deflater compresses messages. It is large (compress/flate's tables take 800 KB), so that only
// connections with context takeover keep theirs, and only once they have sent something.
type deflater struct {
	w   *flate.Writer
	out []byte
	old bool // it has compressed something since it was reset
}

var deflaters = sync.Pool{New: func() any {
	z := &deflater{}
	// BestSpeed would store small messages as they are.
	z.w, _ = flate.NewWriter(z, flate.DefaultCompression)
	return z
}}

// Write collects what flate makes.
func (z *deflater) Write(p []byte) (int, error) {
	z.out = append(z.out, p...)
	return len(p), nil
}

// compresses decides about a message by its first frame. One that comes in fragments is always
// compressed: its length is not known.
func (c *Conn) compresses(size int, whole bool) bool {
	return c.ext.on && !c.plain.Load() && (!whole || size >= c.conf.Threshold)
}

func (c *Conn) deflater() *deflater {
	if c.out.deflate == nil {
		c.out.deflate = deflaters.Get().(*deflater)
		c.out.deflate.renew()
	}
	return c.out.deflate
}

// renew makes z forget what it has compressed.
func (z *deflater) renew() {
	if z.old {
		z.w.Reset(z)
		z.old = false
	}
}

// spareDeflater gives the deflater back after a message, unless the next one builds on it.
func (c *Conn) spareDeflater(end bool) {
	if z := c.out.deflate; z != nil && end {
		if cap(z.out) > maxSpare {
			z.out = nil
		}
		if c.ext.serverCut {
			c.out.deflate = nil
			deflaters.Put(z)
		}
	}
}

// deflate compresses one frame's payload; the result is valid until the next call. RFC 7692, section
// 7.2.1: a message loses the four bytes at its end that the receiver adds again.
func (z *deflater) deflate(p []byte, end bool) []byte {
	z.out, z.old = z.out[:0], true
	z.w.Write(p) // Write never fails, so neither do these
	z.w.Flush()
	if end {
		return z.out[:len(z.out)-4]
	}
	return z.out
}
