package stream

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// This file is how a connection closes, in order: the handler, the client, a protocol error or the host begins;
// Close frames are exchanged; TCP ends.

var (
	errEnded   = fmt.Errorf("%w: it has been ended", wsh.ErrClosed)
	errAborted = fmt.Errorf("%w: it has been aborted", wsh.ErrClosed)
	errTalks   = fmt.Errorf("%w: a message came instead of a Close frame", wsh.ErrClosed)
)

const (
	// drainLimit is how many bytes are read and discarded after the Close frame was written. A client may write
	// a message of 16 MiB, in small frames, before it reads that it is too big.
	drainLimit = 32 << 20

	abortTime = time.Second // the same after Abort
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
	wrong := protocol.CheckClose(code, reason)
	c.expectAnswer()
	if !wait || c.inHook.Load() {
		return wrong
	}
	err := c.awaitClose(receiving, time.Now().Add(c.conf.CloseTimeout))
	if errors.Is(err, wsh.ErrTimeout) {
		return fmt.Errorf("close: the client has not answered: %w", err)
	}
	if err == nil && c.Answered != nil {
		c.Answered(c.in.code, c.in.reason)
	}
	return cmp.Or(wrong, err)
}

// answerClose answers the client's Close frame with what the handler's closing hook returns.
func (c *Conn) answerClose() error {
	defer c.tellGone()
	switch {
	case c.phase.has(closeTold): // by another goroutine's Receive
		return io.EOF
	case c.phase.has(closeSent):
		return errServerClosed
	}
	code, reason, err := c.callPassive()
	if err != nil {
		return err
	}
	c.sendClose(code, reason, time.Now().Add(c.conf.CloseTimeout)) // the client's Close is answered though the hook failed
	return io.EOF
}

// callPassive calls the closing hook. The caller holds Conn.reading, so it is called once.
func (c *Conn) callPassive() (wsh.StatusCode, string, error) {
	c.phase.reach(closeTold)
	if c.Passive == nil {
		return wsh.StatusNormalClosure, "", nil
	}
	c.inHook.Store(true)
	defer c.inHook.Store(false)
	code, reason, err := c.Passive(c.in.code, c.in.reason)
	c.in.passive = err
	return code, reason, err
}

// closeForFault closes for a fault of the client's. Frames before it have been served; nothing after it is
// parsed.
func (c *Conn) closeForFault(f *protocol.Fault) error {
	c.lost(f)
	until := time.Now().Add(c.conf.CloseTimeout)
	c.sendClose(f.Code, shownTo(f), until)
	c.halfClose(until)
	return c.broken()
}

// shownTo is the reason in the Close frame for a fault: the limit that was exceeded. A protocol error has no
// reason, as in pywebsocket, and errors of ours are not told.
func shownTo(f *protocol.Fault) string {
	if f.Code == wsh.StatusPolicyViolation || f.Code == wsh.StatusMessageTooBig {
		return protocol.ShortReason(f.What)
	}
	return ""
}

// Fail ends the connection from any goroutine; see wsh.Stream. It calls Gone, too.
func (c *Conn) Fail(code wsh.StatusCode, reason string) {
	why := fmt.Sprintf("the host closed it with %d", code)
	if reason != "" {
		why += ": " + reason
	}
	c.failWith(code, reason, fmt.Errorf("%w: %s", wsh.ErrClosed, why))
}

// failWith is Fail for a cause.
func (c *Conn) failWith(code wsh.StatusCode, reason string, cause error) {
	first := c.phase.reach(ending) // before the handler learns of it, and calls End
	c.fail(cause)
	if first {
		go func() { // End and Abort wait for ended
			c.tellGone()
			c.end(code, reason, false)
		}()
	}
}

// Abort ends TCP: what was written still arrives, but nothing more is written. During End, or called
// again, it does not wait for that.
func (c *Conn) Abort() {
	c.fail(errAborted)
	if !c.phase.reach(ending) {
		c.flushNow()
		c.nc.Close()
		<-c.phase.done(ended)
		return
	}
	defer c.phase.reach(ended)
	c.shut(time.Now().Add(min(c.conf.CloseTimeout, abortTime)))
}

// End closes with code and reason, unless that has happened, waits for the client's answer, and ends
// TCP so that what was written arrives. A client's Close frame that came after the handler had last
// received is answered by Passive, whose error End returns. Before Open there is no Close frame.
func (c *Conn) End(code wsh.StatusCode, reason string) error {
	if !c.phase.reach(ending) {
		<-c.phase.done(ended)
		return nil
	}
	return c.end(code, reason, true)
}

func (c *Conn) end(code wsh.StatusCode, reason string, ask bool) (err error) {
	defer c.phase.reach(ended)
	until, linger := time.Now().Add(c.conf.CloseTimeout), c.conf.CloseTimeout
	if c.awaitOpen(until) && !c.phase.has(closeSent) {
		if ask && c.phase.has(closeReceived) {
			code, reason, err = c.lateAnswer(code, reason, until)
		}
		if !errors.Is(err, wsh.ErrAborted) && !c.exchangeCloses(code, reason, until) {
			linger = min(linger, abortTime) // it will hardly end TCP in time either
		}
	}
	c.fail(errEnded)
	c.shut(time.Now().Add(linger))
	return err
}

// awaitOpen waits for an Open under way to have written the 101, and reports whether it has.
func (c *Conn) awaitOpen(until time.Time) bool {
	if c.beginWriteBy(until) == nil {
		defer c.endWrite()
	}
	return c.Opened()
}

// lateAnswer is the answer to a Close frame that no Receive has answered; if there is none, code and reason.
func (c *Conn) lateAnswer(code wsh.StatusCode, reason string, until time.Time) (wsh.StatusCode, string, error) {
	if c.beginRead(closing, until, never) != nil {
		return code, reason, nil
	}
	defer c.endRead()
	err := c.in.passive // of a Receive that called the hook meanwhile: its error means that nothing has been answered
	if !c.phase.has(closeTold) {
		code, reason, err = c.callPassive()
	}
	if err != nil {
		return wsh.StatusInternalEndpointError, "", err
	}
	return code, reason, nil
}

// exchangeCloses reports whether both Close frames have passed by then.
func (c *Conn) exchangeCloses(code wsh.StatusCode, reason string, until time.Time) bool {
	switch err := c.sendClose(code, reason, until); {
	case err == nil:
		return c.awaitClose(closing, until) == nil
	case errors.Is(err, wsh.ErrTimeout):
		c.nc.Close() // a message is written in part, and no frame can follow it
	}
	return false
}

// sendClose sends our one Close frame, with the deadline until; the zero time sets none. With a deadline it
// does so even if the connection is down.
func (c *Conn) sendClose(code wsh.StatusCode, reason string, until time.Time) error {
	wrong := protocol.CheckClose(code, reason)
	code, reason = protocol.CloseToSend(code, reason)
	begin := c.beginWrite
	if !until.IsZero() {
		begin = func() error { return c.beginWriteBy(until) }
	}
	if err := begin(); err != nil {
		return err
	}
	defer c.endWrite()
	if c.phase.has(closeSent) {
		return errServerClosed
	}
	c.out.until = until
	c.sendingClose(code, wrong) // before the client can have answered it
	return c.write(wsh.CloseFrame(code, reason))
}

// awaitClose waits for the client's Close frame; a Receive on another goroutine may be the one that reads it.
// Messages are discarded; in End the first one ends the waiting.
func (c *Conn) awaitClose(m mode, until time.Time) error {
	err := c.beginRead(m, until, closeReceived)
	if err == nil {
		defer c.endRead()
	}
	if c.phase.has(closeReceived) {
		return nil
	}
	if err != nil {
		return err
	}
	err = c.discardFrame()
	for err == nil && m != closing {
		err = c.discardFrame()
	}
	if err == nil {
		err = errTalks
	}
	switch {
	case errors.Is(err, errCloseReceived):
		c.tellGone()
		return nil
	case errors.Is(err, wsh.ErrTimeout):
		return wsh.ErrTimeout
	}
	c.lost(err)
	return c.broken()
}

// shut ends TCP. Closing a socket with unread bytes resets the connection, and the client could lose what was
// written last, so the client's bytes are read first, if they arrive by until.
func (c *Conn) shut(until time.Time) {
	half := c.halfClose(until)
	reads := c.beginRead(closing, until, never) == nil
	if reads && half {
		for n := 0; n < drainLimit; n += c.in.w {
			c.in.r, c.in.w = 0, 0
			if c.fillBuffer() != nil {
				break
			}
		}
	}
	c.nc.Close()
	c.phase.reach(shut)
	c.stopChecks()
	c.phase.helpers.Wait()
	if reads || c.reading.tryLock() {
		c.in.release() // nobody reads any more; otherwise endRead releases it
	}
	c.out.release()
}

// halfClose ends our direction of TCP.
func (c *Conn) halfClose(until time.Time) (done bool) {
	if c.beginWriteBy(until) != nil {
		return false
	}
	defer c.endWrite()
	if c.out.err == nil {
		c.out.until = until
		c.flush() // an error sets out.err
	}
	if c.out.err == nil {
		c.out.err = errEnded
	}
	half, ok := c.nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}
