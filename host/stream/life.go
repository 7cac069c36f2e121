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
	quiet int         // looks in a row that found nothing
	asked bool        // a ping is out, and nothing has come since
}

// The interval is looked at so many times, and pings go out when all looks but one found nothing: after
// silence of four fifths of it at least, and all of it at most.
const intervalLooks = 5

// timeoutLooks is the same for the timeout.
const timeoutLooks = 4

// keepAliveBody is in pings of the Keeper's. Handlers are not told of pongs that have it.
const keepAliveBody = "wshd"

var errSilent = fmt.Errorf("%w: no answer to a ping", wsh.ErrClosed)

// keep has the connection looked at from now on.
func (c *Conn) keep() {
	if c.conf.Keeper != nil && c.conf.PingInterval > 0 {
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
		l.quiet, l.asked = 0, false
		return c.conf.PingInterval / intervalLooks
	}
	if l.deaf.Load() && c.hungUp() {
		c.help(c.gone) // what is buffered can still be received
		return 0
	}
	if !l.asked {
		if l.quiet++; l.quiet < intervalLooks-1 || !c.keepAlivePing() {
			return c.conf.PingInterval / intervalLooks
		}
		l.asked, l.quiet = true, 0
	} else {
		l.quiet++
	}
	switch {
	case c.conf.PingTimeout <= 0:
		l.asked, l.quiet = false, 0
		return c.conf.PingInterval / intervalLooks
	case l.deaf.Load() || c.hooked.Load() || len(c.out.turn) > 0:
		// The answer could not have been seen, or has to wait for what is being written: that
		// has a time-out of its own.
		l.quiet = 0
	case l.quiet == timeoutLooks:
		c.help(c.giveUp)
		return 0
	}
	return c.conf.PingTimeout / timeoutLooks
}

// giveUp ends a connection whose client is no longer there. No Close frame would reach it.
func (c *Conn) giveUp() {
	c.cut.Store(true)
	c.lost(errSilent)
	c.nc.Close()
}

// keepAlivePing sends a ping if it can go out now. It reports false if somebody is writing.
func (c *Conn) keepAlivePing() bool {
	select {
	case c.out.turn <- struct{}{}:
	default:
		return false
	}
	if c.serverClosed.Load() || c.out.torn != nil {
		c.unlock()
		return false
	}
	p := append(appendHeader(nil, 0x89, len(keepAliveBody)), keepAliveBody...)
	if c.out.held == nil {
		p = c.out.putNow(p)
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
