package stream

import (
	"fmt"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

// life is what Keeper knows of a connection. Reading leaves a mark and no time, which would cost a look
// at the clock for every read: silence is counted in looks that find no mark.
type life struct {
	queued int // the place in Keeper.queue, from 1; 0: not there

	heard atomic.Bool // bytes have come since the last look
	deaf  atomic.Bool // nobody reads, since the buffer is full
	quiet int8        // looks in a row that found nothing
	asked bool        // a ping is out, and nothing has come since
	busy  int8        // looks in a row that found somebody writing
}

// The interval is looked at so many times, and pings go out when all looks but one found nothing: after
// silence of four fifths of it at least, and all of it at most.
const intervalLooks = 5

// timeoutLooks is the same for the timeout.
const timeoutLooks = 4

// Whoever is found writing is looked at again a hurry-th of that later, and taken to be stuck after so
// many looks.
const (
	hurry      = 16
	stuckLooks = 3
)

// keepAliveBody is in pings of the Keeper's. Handlers are not told of pongs that have it.
const keepAliveBody = "wshd"

var errSilent = fmt.Errorf("%w: no answer to a ping", wsh.ErrClosed)

// keep has the connection looked at from now on.
func (c *Conn) keep() {
	if c.conf.PingInterval > 0 {
		c.conf.Keeper.add(c, c.conf.PingInterval/intervalLooks)
	}
}

// look pings a silent client and gives up a dead one. It does not block. The result is when to look
// again; 0: never.
func (c *Conn) look() time.Duration {
	l := &c.life
	if c.serverClosed.Load() || c.clientClosed.Load() || c.broken() != nil {
		return 0 // closing has time-outs of its own
	}
	if l.heard.Swap(false) {
		l.quiet, l.busy, l.asked = 0, 0, false
		return c.conf.PingInterval / intervalLooks
	}
	if l.deaf.Load() && c.hungUp() {
		c.help(c.gone) // what is buffered can still be received
		return 0
	}
	if l.asked {
		return c.lookForAnswer()
	}
	again := c.conf.PingInterval / intervalLooks
	if l.quiet++; l.quiet < intervalLooks-1 {
		return again
	}
	if !c.keepAlivePing() {
		return again / hurry
	}
	l.quiet, l.busy = 0, 0
	if c.conf.PingTimeout <= 0 {
		return again
	}
	l.asked = true
	return c.conf.PingTimeout / timeoutLooks
}

// lookForAnswer counts the looks since the ping at which the answer could have come.
func (c *Conn) lookForAnswer() time.Duration {
	l := &c.life
	again := c.conf.PingTimeout / timeoutLooks
	if !c.out.turn.taken() {
		l.busy = 0
	} else if l.busy++; l.busy < stuckLooks {
		return again / hurry // most writes are over in no time
	}
	l.quiet++
	switch {
	case l.deaf.Load() || c.hooked.Load() || l.busy > 0:
		// The answer is not read, or the ping waits behind what cannot be written: that has a
		// time-out of its own.
		l.quiet = 0
	case l.quiet == timeoutLooks:
		c.help(c.giveUp)
		return 0
	}
	return again
}

// giveUp ends a connection whose client is no longer there. No Close frame would reach it.
func (c *Conn) giveUp() {
	c.cut.Store(true)
	c.lost(errSilent)
	c.nc.Close()
}

// keepAlivePing sends a ping if it can go out now. It reports false if somebody is writing.
func (c *Conn) keepAlivePing() bool {
	if !c.out.turn.try() {
		return false
	}
	if c.serverClosed.Load() || c.out.torn != nil {
		c.unlock()
		return false
	}
	p := append(appendHeader(nil, 0x89, len(keepAliveBody)), keepAliveBody...)
	if c.out.held == nil {
		p = c.putNow(p)
	}
	writes := len(p) > 0 && c.help(func() {
		defer c.unlock()
		c.write(p) // its error ends the connection
	})
	if !writes {
		c.unlock()
	}
	return true
}
