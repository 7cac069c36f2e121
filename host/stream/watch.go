package stream

import (
	"errors"
	"time"

	"wshd/plugins/wsh/protocol"
)

// While the handler does not receive, and before it has accepted, a watcher reads, so that pings are answered and
// the client's leaving is noticed. Starting one for each message would cost more than the message, so the Keeper
// looks from time to time whether anybody has read.

// watchAfter is the time between looks for a reader, all connections' together. Who has not read between two is
// taken to be busy, and so a watcher reads after this time, or up to twice as long.
const watchAfter = 50 * time.Millisecond

// Watch has the connection watched before Open, which does so anyway: Gone is called if the client leaves.
func (c *Conn) Watch() { c.watchAgain() }

// expectReader has the Keeper look whether somebody reads. checks.mu is held.
func (c *Conn) expectReader() {
	k := &c.checks
	if k.at[checkReader] > 0 || c.phase.has(closeReceived) || c.phase.has(down) || c.phase.has(shut) {
		return
	}
	k.seen = k.reads - 1 // the first look only sees how many there have been
	k.at[checkReader] = c.conf.Keeper.after(1, watchAfter)
	c.schedule()
}

// lookForReader starts a watcher if nobody has read since the last look. It reports whether to look again;
// otherwise that is for the next read to see to when it ends. checks.mu is held.
func (c *Conn) lookForReader() (again bool) {
	k := &c.checks
	if k.reads != k.seen {
		k.seen = k.reads
		return true
	}
	if !c.reading.tryLock() { // somebody reads now
		return false
	}
	if k.interrupted.Swap(false) { // by a caller that no longer waits
		c.nc.SetReadDeadline(time.Time{})
	}
	k.watching = c.help(c.runWatcher)
	if !k.watching {
		c.reading.unlock()
	}
	return false
}

// runWatcher is the watcher. It has been given the lock to read.
func (c *Conn) runWatcher() {
	c.in.mode = watching
	c.observe()
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	k.watching = false
	c.reading.unlock()
}

// observe reads until it is interrupted, the buffer is full, or the client is gone. Only the frames
// before the first data frame are served; a Close frame is left for Receive or End to answer. Before the 101 there
// are no frames.
func (c *Conn) observe() {
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

// interruptWatcher makes a watcher stop.
func (c *Conn) interruptWatcher() {
	c.checks.mu.Lock()
	defer c.checks.mu.Unlock()
	c.interrupt()
}

// interrupt is interruptWatcher for who holds checks.mu.
func (c *Conn) interrupt() {
	if c.checks.watching {
		c.checks.interrupted.Store(true)
		c.nc.SetReadDeadline(past)
	}
}

// watchAgain starts the watcher that the caller has interrupted, if the caller has not read.
func (c *Conn) watchAgain() {
	c.checks.mu.Lock()
	defer c.checks.mu.Unlock()
	c.expectReader()
}
