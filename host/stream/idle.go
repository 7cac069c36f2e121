package stream

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

// idleChecks is how many checks in a row find no message before the connection counts as idle. It may so be
// idle for a quarter longer than IdleTimeout.
const idleChecks = 4

var errUnanswered = fmt.Errorf("%w: no answer to the Close frame", wsh.ErrClosed)

// checkIdle closes a connection over which no message has passed for IdleTimeout.
func (c *Conn) checkIdle() time.Duration {
	k := &c.checks
	n := c.stats.messagesIn.Load() + c.stats.messagesOut.Load()
	if n != k.messages {
		k.messages, k.still = n, 0
	} else if k.still++; k.still == idleChecks {
		c.expire(LimitIdleTimeout, fmt.Sprintf("no message for %v", c.conf.IdleTimeout))
		return 0
	}
	return c.conf.IdleTimeout / idleChecks
}

// checkAge closes a connection that has reached Lifetime.
func (c *Conn) checkAge() time.Duration {
	c.expire(LimitLifetime, fmt.Sprintf("it has been open for %v", c.conf.Lifetime))
	return 0
}

// expire closes with 1001 because of IdleTimeout or Lifetime.
func (c *Conn) expire(limit, why string) {
	c.hit(limit)
	c.failWith(wsh.StatusGoingAway, why, fmt.Errorf("%w: %s", wsh.ErrClosed, why))
}

// expectAnswer schedules a check that the client answers our Close frame, for a handler that does not wait for
// that. A Close that waits has a shorter time-out.
func (c *Conn) expectAnswer() {
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.phase.has(closeReceived) || c.phase.has(shut) {
		return
	}
	k.at[answerCheck] = c.after(2 * c.conf.CloseTimeout)
	c.schedule()
}

// checkAnswer ends the connection of a client that has not answered. End has a time-out of its own.
func (c *Conn) checkAnswer() time.Duration {
	if !c.phase.has(closeReceived) && !c.phase.has(down) && !c.phase.has(ending) {
		c.failWith(wsh.StatusGoingAway, "", errUnanswered)
	}
	return 0
}
