package stream

import (
	"errors"
	"time"

	"wshd/plugins/wsh/protocol"
)

// While the handler does not receive, and before it has accepted, a background reader reads, so that pings are
// answered and the end of the connection is noticed. Starting one after each message would cost more than the
// message, so the Scheduler checks from time to time whether anything has been read.

// backgroundAfter is the time between two checks for a reader; they are at the same times for all connections.
// A handler that has not read between two is taken to be busy, so the background reader starts after this time,
// or up to twice as long.
const backgroundAfter = 50 * time.Millisecond

// ReadInBackground has the background reader read before Open, so that Gone is called if the client leaves.
// Open does so anyway.
func (c *Conn) ReadInBackground() { c.resumeBackground() }

// expectReader schedules the check for a reader. checks.mu is held.
func (c *Conn) expectReader() {
	k := &c.checks
	if k.at[readerCheck] > 0 || c.phase.has(closeReceived) || c.phase.has(down) || c.phase.has(shut) {
		return
	}
	k.seen = k.reads - 1 // the first check only notes how many there have been
	k.at[readerCheck] = c.conf.Scheduler.after(1, backgroundAfter)
	c.schedule()
}

// checkReader starts the background reader if nothing has been read since the last check. It reports whether to
// check again; otherwise the next read schedules that when it ends. checks.mu is held.
func (c *Conn) checkReader() (again bool) {
	k := &c.checks
	if k.reads != k.seen {
		k.seen = k.reads
		return true
	}
	if !c.reading.tryLock() { // a read is under way
		return false
	}
	if k.interrupted.Swap(false) { // by a caller that no longer waits
		c.nc.SetReadDeadline(time.Time{})
	}
	k.inBackground = c.help(c.readInBackground)
	if !k.inBackground {
		c.reading.unlock()
	}
	return false
}

// readInBackground is the background reader's goroutine. It holds Conn.reading.
func (c *Conn) readInBackground() {
	c.in.mode = background
	c.readAhead()
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	k.inBackground = false
	c.reading.unlock()
}

// readAhead reads until it is interrupted, the buffer is full, or the client is gone. It serves the control
// frames before the first data frame; a Close frame is left for Receive or End to answer. Before the 101 it
// does not parse frames.
func (c *Conn) readAhead() {
	in := &c.in
	serving := true
	for {
		if serving && c.Opened() && in.left() == 0 && len(in.header) == 0 {
			_, n, err := c.controls()
			var f *protocol.Fault
			switch {
			case errors.Is(err, errCloseReceived):
				c.tellGone()
				return
			case errors.As(err, &f):
				c.closeForFault(f)
				return
			}
			serving = n == 0 && err == nil
		}
		if in.buffered() == bufSize {
			c.checks.full.Store(true)
			return
		}
		if err := c.fillBuffer(); err != nil {
			if in.err != nil {
				c.tellGone() // what is buffered can still be received
			}
			return
		}
	}
}

// interruptBackground makes the background reader stop.
func (c *Conn) interruptBackground() {
	c.checks.mu.Lock()
	defer c.checks.mu.Unlock()
	c.interruptLocked()
}

// interruptLocked is interruptBackground; checks.mu is held.
func (c *Conn) interruptLocked() {
	if c.checks.inBackground {
		c.checks.interrupted.Store(true)
		c.nc.SetReadDeadline(past)
	}
}

// resumeBackground lets the background reader, which the caller has interrupted, start again.
func (c *Conn) resumeBackground() {
	c.checks.mu.Lock()
	defer c.checks.mu.Unlock()
	c.expectReader()
}
