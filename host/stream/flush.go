package stream

import "time"

// A handler that answers each message would cause one write for each, though many were received together and
// their answers could be written together. So a frame is buffered, unsent, while the client's next message is
// already here whole: the handler will most likely receive that at once and answer it too.
//
// It may not, so nothing depends on that: as soon as a frame is unsent, a goroutine that flushes it is ready to
// run, and does when a processor is free. A handler that sleeps, computes or waits delays nothing.

// maxUnsent is about how many bytes may be unsent.
const maxUnsent = 16 << 10

// append adds p to the unsent frames.
func (o *outbound) append(p []byte) *[]byte {
	if o.unsent == nil {
		o.unsent = frames.Get().(*[]byte)
	}
	*o.unsent = append(*o.unsent, p...)
	return o.unsent
}

// flushLater schedules a flush. It returns false if the caller has to flush now.
func (c *Conn) flushLater() bool {
	o := &c.out
	return len(*o.unsent) < maxUnsent && o.err == nil && c.startFlush()
}

// startFlush starts the flushing goroutine. It returns false if the connection has ended.
func (c *Conn) startFlush() bool {
	if o := &c.out; !o.flushing {
		o.flushing = c.help(c.runFlush)
	}
	return c.out.flushing
}

// runFlush is that goroutine. It flushes even when the connection is down: the frames were sent before that.
func (c *Conn) runFlush() {
	c.out.writing.lock() // whoever holds it gives it back when TCP is closed at the latest
	defer c.endWrite()
	c.out.flushing = false
	c.flush() // an error ends the connection
}

// flushNow flushes, unless a write is under way.
func (c *Conn) flushNow() {
	if c.out.writing.tryLock() {
		defer c.endWrite()
		c.out.until = time.Now().Add(abortTime)
		c.flush() // an error ends the connection, which has ended
	}
}

// flush writes the unsent frames.
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

// releaseFrames puts memory for frames back into the pool.
func releaseFrames(b *[]byte) {
	*b = (*b)[:0]
	frames.Put(b)
}

// write writes the unsent frames and p.
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

// release gives back, when the connection has ended, the memory that writing took.
func (o *outbound) release() {
	o.writing.lock() // whoever holds it gives it back, as TCP is closed
	defer o.writing.unlock()
	if z := o.deflate; z != nil {
		o.deflate = nil
		z.release()
	}
	o.window = nil
}
