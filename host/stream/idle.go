package stream

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

// idleLooks is how many looks in a row find no message on a connection that is idle. It may so be idle for a
// quarter more than it should.
const idleLooks = 4

var errUnanswered = fmt.Errorf("%w: no answer to the Close frame", wsh.ErrClosed)

// lookForMessages closes a connection over which none have passed for long enough.
func (c *Conn) lookForMessages() time.Duration {
	k := &c.checks
	n := c.stats.messagesIn.Load() + c.stats.messagesOut.Load()
	if n != k.messages {
		k.messages, k.still = n, 0
	} else if k.still++; k.still == idleLooks {
		c.expire(LimitIdleTimeout, fmt.Sprintf("no message for %v", c.conf.IdleTimeout))
		return 0
	}
	return c.conf.IdleTimeout / idleLooks
}

// lookAtAge closes a connection that is old.
func (c *Conn) lookAtAge() time.Duration {
	c.expire(LimitLifetime, fmt.Sprintf("it has been open for %v", c.conf.Lifetime))
	return 0
}

// expire closes with 1001 for a limit of time.
func (c *Conn) expire(limit, why string) {
	c.hit(limit)
	c.failWith(wsh.StatusGoingAway, why, fmt.Errorf("%w: %s", wsh.ErrClosed, why))
}

// expectAnswer has the Keeper look whether the client answers a Close frame of the handler's, which nobody
// may wait for. If somebody does, that ends before.
func (c *Conn) expectAnswer() {
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.phase.has(closeReceived) || c.phase.has(shut) {
		return
	}
	k.at[checkAnswer] = c.after(2 * c.conf.CloseTimeout)
	c.schedule()
}

// lookForAnswer gives up a client that has not answered. End has a time-out of its own.
func (c *Conn) lookForAnswer() time.Duration {
	if !c.phase.has(closeReceived) && !c.phase.has(down) && !c.phase.has(ending) {
		c.failWith(wsh.StatusGoingAway, "", errUnanswered)
	}
	return 0
}
