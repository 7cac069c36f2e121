package stream

import (
	"errors"
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

var (
	errEnded   = fmt.Errorf("%w: it has been ended", wsh.ErrClosed)
	errAborted = fmt.Errorf("%w: it has been aborted", wsh.ErrClosed)
)

const (
	drainLimit = 4 << 20     // bytes that are read after the last was written
	abortTime  = time.Second // for that, after Abort
)

// End closes with code and reason, unless that has happened, waits for the client's answer, and ends
// TCP so that what was written arrives. A client's Close frame that came after the handler had last
// received is answered by Passive, whose error End returns. Before Open there is no Close frame.
func (c *Conn) End(code wsh.StatusCode, reason string) error {
	if !c.ending.CompareAndSwap(false, true) {
		<-c.closed.done()
		return nil
	}
	return c.end(code, reason, true)
}

// Fail ends the connection from any goroutine; see wsh.Stream. It calls Gone, too.
func (c *Conn) Fail(code wsh.StatusCode, reason string) {
	c.failWith(code, reason, fmt.Errorf("%w: the host closed it with %d", wsh.ErrClosed, code))
}

// failWith is Fail for a cause.
func (c *Conn) failWith(code wsh.StatusCode, reason string, cause error) {
	first := c.ending.CompareAndSwap(false, true) // before the handler learns of it, and calls End
	c.fail(cause)
	if first {
		go func() { // End and Abort wait for closed
			c.gone()
			c.end(code, reason, false)
		}()
	}
}

// Abort ends TCP: what was written still arrives, but nothing more is written. During End, or called
// again, it does not wait for that.
func (c *Conn) Abort() {
	c.fail(errAborted)
	if !c.ending.CompareAndSwap(false, true) {
		c.letGo()
		c.nc.Close()
		<-c.closed.done()
		return
	}
	defer c.closed.happen()
	c.shut(time.Now().Add(min(c.conf.CloseTimeout, abortTime)))
}

// letGo writes what is held, unless somebody is writing.
func (c *Conn) letGo() {
	if c.out.turn.try() {
		c.out.until = time.Now().Add(abortTime)
		c.flush() // an error ends the connection, which has ended
		c.unlock()
	}
}

func (c *Conn) end(code wsh.StatusCode, reason string, ask bool) (err error) {
	defer c.closed.happen()
	until, linger := time.Now().Add(c.conf.CloseTimeout), c.conf.CloseTimeout
	if c.hasOpened(until) && !c.serverClosed.Load() {
		if ask && c.clientClosed.Load() {
			code, reason, err = c.lateAnswer(code, reason, until)
		}
		if !errors.Is(err, wsh.ErrAborted) && !c.handshake(code, reason, until) {
			linger = min(linger, abortTime) // it will hardly answer TCP's end either
		}
	}
	c.fail(errEnded)
	c.shut(time.Now().Add(linger))
	return err
}

// handshake closes, and reports whether the client has answered by then.
func (c *Conn) handshake(code wsh.StatusCode, reason string, until time.Time) bool {
	switch err := c.sendClose(code, reason, until); {
	case err == nil:
		return c.awaitClose(until, true) == nil
	case errors.Is(err, wsh.ErrTimeout):
		c.nc.Close() // a message is stuck on its way, and no frame can follow it
	}
	return false
}

// hasOpened is isOpen that waits for an Open under way to have written the 101.
func (c *Conn) hasOpened(until time.Time) bool {
	if c.lockBy(until) == nil {
		defer c.unlock()
	}
	return c.Opened()
}

// lateAnswer is what to answer a Close frame that no Receive has seen; otherwise code and reason.
func (c *Conn) lateAnswer(code wsh.StatusCode, reason string, until time.Time) (wsh.StatusCode, string, error) {
	if c.take(until, nil) != nil {
		return code, reason, nil
	}
	defer c.leave()
	c.entered(ending)
	if c.in.answered {
		return code, reason, nil
	}
	c.in.answered = true
	code, reason, err := c.passive()
	if err != nil {
		return wsh.StatusInternalEndpointError, "", err
	}
	return code, reason, nil
}

// halfClose says that nothing more will be written.
func (c *Conn) halfClose(until time.Time) (done bool) {
	if c.lockBy(until) != nil {
		return false
	}
	defer c.unlock()
	if c.out.torn == nil {
		c.out.until = until
		c.flush() // an error sets torn
	}
	if c.out.torn == nil {
		c.out.torn = errEnded
	}
	half, ok := c.nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// shut ends TCP. Closing a socket with unread bytes would reset it and could take what was written
// last with it, so the client's are read first, if they come by until.
func (c *Conn) shut(until time.Time) {
	c.disarm()
	half := c.halfClose(until)
	took := c.take(until, nil) == nil
	if took {
		c.entered(ending)
	}
	if took && half {
		c.deadline(until)
		for n := 0; n < drainLimit; n += c.in.w {
			c.in.r, c.in.w = 0, 0
			if c.fillNow() != nil {
				break
			}
		}
	}
	c.nc.Close()
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.conf.Keeper.remove(c)
	c.helpers.Wait()
	if took {
		c.tidy() // and keep the turn; otherwise leave does it
	}
}

func (c *Conn) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// tidy gives back what reading took. The turn is held.
func (c *Conn) tidy() {
	in := &c.in
	in.drop()
	if in.coder != nil {
		in.coder.CloseNow() // coder's finalizer is on a cycle, so it would keep all of this
		in.coder = nil
	}
	in.r, in.w = 0, 0
	in.spareBuf()
	in.window = nil
	if c.out.turn.try() {
		if z := c.out.deflate; z != nil {
			c.out.deflate = nil
			z.spare()
		}
		c.unlock()
	}
}
