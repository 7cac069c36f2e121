package stream

import "time"

// A handler that answers messages as they come would write once for each, though many of them came
// together and their answers could go out together. So a frame stays unsent while the client's next one is
// here already, whole: the handler will most likely receive that at once and answer it too.
//
// Nobody can know that it does, so nothing waits for it: as soon as a frame is unsent, a goroutine that
// writes it is ready to run, and does when a processor is free for it. A handler that sleeps,
// computes or waits keeps nothing back.

// maxUnsent is how many bytes may be unsent, about.
const maxUnsent = 16 << 10

// append adds p to what is unsent.
func (o *outbound) append(p []byte) *[]byte {
	if o.unsent == nil {
		o.unsent = frames.Get().(*[]byte)
	}
	*o.unsent = append(*o.unsent, p...)
	return o.unsent
}

// flushLater sees to it that what is unsent will be written. It reports false if it has to be written now.
func (c *Conn) flushLater() bool {
	o := &c.out
	return len(*o.unsent) < maxUnsent && o.err == nil && c.startFlush()
}

// startFlush has a goroutine write what is unsent. It reports false if the connection has ended.
func (c *Conn) startFlush() bool {
	if o := &c.out; !o.flushing {
		o.flushing = c.help(c.runFlush)
	}
	return c.out.flushing
}

// runFlush is that goroutine. It writes even when the connection is down: the frames were sent before.
func (c *Conn) runFlush() {
	c.out.writing.lock() // whoever has it unlocks it when TCP is closed at the latest
	defer c.endWrite()
	c.out.flushing = false
	c.flush() // an error ends the connection
}

// flushNow writes what is unsent, unless somebody is writing.
func (c *Conn) flushNow() {
	if c.out.writing.tryLock() {
		defer c.endWrite()
		c.out.until = time.Now().Add(abortTime)
		c.flush() // an error ends the connection, which has ended
	}
}

// flush writes what is unsent.
func (c *Conn) flush() error {
	o := &c.out
	b := o.unsent
	if b == nil {
		return nil
	}
	o.unsent = nil
	err := c.put(*b)
	releaseFrames(b)
	return err
}

// releaseFrames gives memory for frames back.
func releaseFrames(b *[]byte) {
	*b = (*b)[:0]
	frames.Put(b)
}

// write writes p after what is unsent.
func (c *Conn) write(p []byte) error {
	o := &c.out
	if o.unsent != nil && len(p) <= maxCopy {
		o.append(p)
		return c.flush()
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.put(p)
}

// release gives back, at the end, what writing took.
func (o *outbound) release() {
	o.writing.lock() // whoever has it unlocks it, as TCP is closed
	defer o.writing.unlock()
	if z := o.deflate; z != nil {
		o.deflate = nil
		z.release()
	}
	o.window = nil
}
