package stream

// A handler that answers messages as they come would write once for each, though many of them came
// together and their answers could go out together. So a frame is held while the client's next one is
// here already, whole: the handler will most likely receive that at once and answer it too.
//
// Nobody can know that it does, so holding is never waiting: whenever something is held, a goroutine
// that writes it is ready to run, and does as soon as a processor is free for it. A handler that sleeps,
// computes or waits holds nothing back.

// maxHeld is how many bytes are held at most.
const maxHeld = 16 << 10

// follows reports whether the client's next frame is buffered whole. The turn to read is held.
func (c *Conn) follows() bool {
	in := &c.in
	h, n, err := c.parse(in.bytes())
	return err == nil && n > 0 && h.Size <= int64(in.buffered()-n)
}

// hold makes sure that what is held will be written. It reports false if it has to be written now.
func (c *Conn) hold() bool {
	o := &c.out
	if len(*o.held) >= maxHeld || o.torn != nil {
		return false
	}
	return c.startFlush()
}

// startFlush has a goroutine write what is held.
func (c *Conn) startFlush() bool {
	if o := &c.out; !o.flushing {
		o.flushing = c.help(c.flushHeld)
	}
	return c.out.flushing
}

// flushHeld runs on the goroutine that hold starts. It writes even when the connection is down: what is
// held was sent before.
func (c *Conn) flushHeld() {
	c.out.turn.wait() // whoever has it returns it when TCP is closed at the latest
	defer c.unlock()
	c.out.flushing = false
	c.flush() // an error ends the connection
}

// holding is memory for frames that go out together, after those in it.
func (o *outbound) holding() *[]byte {
	if o.held == nil {
		o.held = frames.Get().(*[]byte)
	}
	return o.held
}

// flush writes what is held.
func (c *Conn) flush() error {
	o := &c.out
	b := o.held
	if b == nil {
		return nil
	}
	o.held = nil
	err := c.put(*b)
	o.spare(b)
	return err
}

// spare gives memory for frames back.
func (o *outbound) spare(b *[]byte) {
	*b = (*b)[:0]
	frames.Put(b)
}

// write writes p after what is held.
func (c *Conn) write(p []byte) error {
	o := &c.out
	if o.held != nil && len(p) <= together {
		*o.held = append(*o.held, p...)
		return c.flush()
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.put(p)
}
