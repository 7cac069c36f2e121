package stream

import (
	"compress/flate"
	"sync"
)

// deflater compresses messages. It is large (compress/flate's tables take 800 KB), so that only
// connections with context takeover keep theirs, and only once they have sent something.
type deflater struct {
	w    *flate.Writer
	out  []byte
	used bool // it has compressed something since it was reset
	home *sync.Pool
}

// BestSpeed would store small messages as they are.
var deflaters = poolOf(flate.DefaultCompression)

// huffmanOnly are deflaters that never point back, and so fit a window of any size.
var huffmanOnly = poolOf(flate.HuffmanOnly)

func poolOf(level int) *sync.Pool {
	p := &sync.Pool{}
	p.New = func() any {
		z := &deflater{home: p}
		z.w, _ = flate.NewWriter(z, level)
		return z
	}
	return p
}

func (z *deflater) release() { z.home.Put(z) }

// leastWindow is the smallest window, in bits, that is worth pointing back within: beginning anew for
// each costs as much as to compress some kilobytes.
const leastWindow = 10

// smallWindow reports whether the client's window is smaller than compress/flate's. What goes out is then
// compressed in pieces that fit it, each begun anew, and no context is ever taken over.
func (c *Conn) smallWindow() bool { return c.ext.bits != 0 && c.ext.bits < 15 }

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
		pool := deflaters
		if c.smallWindow() && c.ext.bits < leastWindow {
			pool = huffmanOnly
		}
		c.out.deflate = pool.Get().(*deflater)
		c.out.deflate.renew()
	}
	return c.out.deflate
}

// renew makes z forget what it has compressed.
func (z *deflater) renew() {
	if z.used {
		z.w.Reset(z)
		z.used = false
	}
}

// releaseDeflater gives the deflater back after a message, unless the next one builds on it.
func (c *Conn) releaseDeflater(end bool) {
	if z := c.out.deflate; z != nil && end {
		keep := maxCopy // of a connection's own
		if c.ext.serverFresh || c.smallWindow() {
			c.out.deflate, keep = nil, maxKept
			defer z.release()
		}
		if cap(z.out) > keep {
			z.out = nil
		}
	}
}

// deflate compresses one frame's payload; the result is valid until the next call. RFC 7692, section
// 7.2.1: a message loses the four bytes at its end that the receiver adds again.
func (z *deflater) deflate(p []byte, end bool) []byte {
	z.out = z.out[:0]
	z.add(p)
	return z.deflated(end)
}

// deflateWithin is deflate that points back by no more than window.
func (z *deflater) deflateWithin(p []byte, end bool, window int) []byte {
	z.out = z.out[:0]
	for first := true; first || len(p) > 0; first = false {
		n := min(len(p), window)
		z.renew()
		z.add(p[:n])
		p = p[n:]
	}
	return z.deflated(end)
}

func (z *deflater) add(p []byte) {
	z.used = true
	z.w.Write(p) // Write never fails, so neither do these
	z.w.Flush()
}

func (z *deflater) deflated(end bool) []byte {
	if end {
		return z.out[:len(z.out)-4]
	}
	return z.out
}
