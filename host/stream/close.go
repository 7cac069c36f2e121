package stream

import (
	"errors"
	"fmt"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Close sends a Close frame, and with wait reads on until the client has answered; see wsh.Stream.
func (c *Conn) Close(code wsh.StatusCode, reason string, wait bool) error {
	if !c.Opened() {
		return errNotOpen
	}
	if err := c.broken(); err != nil {
		return err
	}
	if err := c.sendClose(code, reason, time.Time{}); err != nil {
		return err
	}
	if !wait || c.hooked.Load() {
		return nil
	}
	err := c.awaitClose(time.Now().Add(c.conf.CloseTimeout), false)
	if errors.Is(err, wsh.ErrTimeout) {
		return fmt.Errorf("close: the client has not answered: %w", err)
	}
	if err == nil && c.Answered != nil {
		c.Answered(c.in.code, c.in.reason) // nobody changes them once the client has closed
	}
	return err
}

// sendClose sends the one Close frame, by until; the zero time leaves that to the client. With a time
// it does so even if the connection is down.
func (c *Conn) sendClose(code wsh.StatusCode, reason string, until time.Time) error {
	code, reason = protocol.CloseToSend(code, reason)
	lock := c.lock
	if !until.IsZero() {
		lock = func() error { return c.lockBy(until) }
	}
	if err := lock(); err != nil {
		return err
	}
	defer c.unlock()
	if c.serverClosed.Load() {
		return errServerClosed
	}
	c.out.until = until
	if c.cut.Load() {
		c.closedWith(wsh.StatusAbnormalClosure) // nobody will read it: RFC 6455, section 7.1.5
	}
	// Before the client can answer it.
	c.closedWith(code)
	c.serverClosed.Store(true)
	return c.write(wsh.CloseFrame(code, reason))
}

// awaitClose waits for the client's Close frame, which whoever receives may be the one to read.
// Messages are discarded; if ends is set, the first one ends the waiting.
func (c *Conn) awaitClose(until time.Time, ends bool) error {
	m := receiving
	if ends {
		m = ending
	}
	if c.clientClosed.Load() {
		return nil
	}
	if err := c.take(until, &c.heard); err != nil || c.clientClosed.Load() {
		return err
	}
	defer c.leave()
	c.entered(m)
	c.deadline(until)
	err := c.discardFrame()
	for err == nil {
		if ends {
			return errTalks
		}
		err = c.discardFrame()
	}
	var f *protocol.Fault
	switch {
	case errors.Is(err, errHeard):
		c.gone()
		return nil
	case errors.Is(err, wsh.ErrTimeout):
		return wsh.ErrTimeout
	case errors.As(err, &f):
		c.lost(f)
		return c.broken()
	}
	c.lost(err)
	return err
}

// discard reads on until there is an error: at best the client's Close frame.
func (c *Conn) discard() error {
	for {
		if err := c.discardFrame(); err != nil {
			return err
		}
	}
}

// discardFrame discards what is left of the data frame under way, and waits for the next.
func (c *Conn) discardFrame() error {
	err := c.skip()
	if err == nil {
		err = c.nextFrame()
	}
	if errors.Is(err, errUnwanted) {
		return nil
	}
	return err
}

var errTalks = fmt.Errorf("%w: a message came instead of a Close frame", wsh.ErrClosed)

// skip discards the rest of the data frame under way.
func (c *Conn) skip() error {
	in := &c.in
	in.hand = nil
	for in.left() > 0 {
		if in.buffered() == 0 {
			if err := c.fillNow(); err != nil {
				return err
			}
		}
		n := min(in.left(), int64(in.buffered()))
		in.r += int(n)
		in.at += n
	}
	return nil
}

// blame closes for a fault of the client's. What came before it has been answered; nothing more is
// read as frames.
func (c *Conn) blame(f *protocol.Fault) error {
	c.lost(f)
	until := time.Now().Add(c.conf.CloseTimeout)
	c.sendClose(f.Code, "", until)
	c.halfClose(until)
	return c.broken()
}
