package stream

import (
	"sync"

	"github.com/klauspost/compress/flate"
)

// A compressor takes more than a megabyte, so no connection keeps one. With context takeover a connection keeps
// the end of what it has sent as its window, and for each message a compressor from the pool is primed with it.
// The client's window is never smaller than that.

// deflater compresses one message at a time.
type deflater struct {
	w    *flate.Writer // nil: made when a message needs one
	out  []byte
	open bool // w has begun a message and not ended it
	pool *deflaterPool
}

// deflaterPool is the unused deflaters of one level.
type deflaterPool struct {
	level int
	free  sync.Pool
}

func (p *deflaterPool) get() *deflater {
	if z, ok := p.free.Get().(*deflater); ok {
		return z
	}
	return &deflater{pool: p}
}

var (
	deflaters = &deflaterPool{level: 7}

	// huffmanOnly makes no references to earlier data, and so fits a window of any size.
	huffmanOnly = &deflaterPool{level: flate.HuffmanOnly}
)

// release gives z back after a message. Memory that one large message has made it take is not kept.
func (z *deflater) release() {
	if cap(z.out) > maxKept {
		z.out = nil
	}
	z.open = false
	z.pool.free.Put(z)
}

// leastWindow is the smallest window of a client, in bits, for which references are worth making.
const leastWindow = 10

// smallWindow reports whether the client's window is smaller than usual. Then half of it is for earlier
// messages, and a message is compressed in pieces as large as the other half.
func (c *Conn) smallWindow() bool { return c.ext.bits != 0 && c.ext.bits < 15 }

// window is how many bytes of what has been sent are kept for references.
func (c *Conn) window() int {
	switch {
	case c.ext.serverFresh || c.smallWindow() && c.ext.bits < leastWindow:
		return 0
	case c.smallWindow():
		return min(c.conf.Window, 1<<c.ext.bits/2)
	}
	return c.conf.Window
}

// Write collects what flate makes.
func (z *deflater) Write(p []byte) (int, error) {
	z.out = append(z.out, p...)
	return len(p), nil
}

// compresses decides by its first frame whether a message is compressed. A fragmented one always is, since its
// length is not known.
func (c *Conn) compresses(size int, whole bool) bool {
	return c.ext.on && !c.plain.Load() && (!whole || size >= c.conf.Threshold)
}

// deflate compresses one frame's payload; the result is valid until releaseDeflater. RFC 7692, section 7.2.1: a
// message loses the four bytes at its end that the receiver adds again.
func (c *Conn) deflate(p []byte, end bool) []byte {
	o := &c.out
	if o.deflate == nil {
		pool := deflaters
		if c.smallWindow() && c.ext.bits < leastWindow {
			pool = huffmanOnly
		}
		o.deflate = pool.get()
	}
	z := o.deflate
	z.out = z.out[:0]
	if !c.smallWindow() {
		z.deflate(p, end, o.window)
		c.takeOver(p)
		return z.finished(end)
	}
	for first := true; first || len(p) > 0; first = false {
		n := min(len(p), 1<<c.ext.bits/2)
		z.begin(o.window)
		z.add(p[:n])
		c.takeOver(p[:n])
		p = p[n:]
	}
	return z.finished(end)
}

// takeOver appends p, which the client will have inflated, to the window.
func (c *Conn) takeOver(p []byte) {
	if n := c.window(); n > 0 {
		c.out.window = appendWindow(c.out.window, p, n)
	}
}

// releaseDeflater gives the deflater back after a message.
func (c *Conn) releaseDeflater(end bool) {
	if z := c.out.deflate; z != nil && end {
		c.out.deflate = nil
		z.release()
	}
}

// deflate appends one frame's payload, compressed, to z.out. It may point back into window.
func (z *deflater) deflate(p []byte, end bool, window []byte) {
	if end && !z.open && len(p) <= shortMessage && z.pool == deflaters {
		z.out = deflateShort(z.out, p, window)
		return
	}
	if !z.open {
		z.begin(window)
	}
	z.add(p)
	z.open = !end
}

// begin begins a message.
func (z *deflater) begin(window []byte) {
	if z.w == nil {
		z.w, _ = flate.NewWriter(z, z.pool.level) // the level is one of flate's
	}
	z.w.ResetDict(z, window)
}

func (z *deflater) add(p []byte) {
	z.w.Write(p) // Write never fails, so neither do these
	z.w.Flush()
}

// flushed is the end of what flate flushes, which a message leaves out.
const flushed = "\x00\x00\xff\xff"

func (z *deflater) finished(end bool) []byte {
	if end {
		return z.out[:len(z.out)-len(flushed)]
	}
	return z.out
}

// appendWindow appends p to window, and keeps its last size bytes. It takes no more memory than that.
func appendWindow(window, p []byte, size int) []byte {
	if len(p) > size {
		p = p[len(p)-size:]
	}
	if n := len(window) + len(p); n > cap(window) && cap(window) < size {
		window = append(make([]byte, 0, min(size, max(2*n, 1<<10))), window...)
	}
	if over := len(window) + len(p) - size; over > 0 {
		window = window[:copy(window, window[over:])]
	}
	return append(window, p...)
}
