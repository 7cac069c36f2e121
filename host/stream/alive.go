package stream

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

const (
	// intervalLooks is how many looks are taken in PingInterval. A ping goes out when all but one of that many
	// found nothing: after silence of four fifths of it at least, and all of it at most.
	intervalLooks = 5

	// timeoutLooks is how many are taken in PingTimeout before the client is given up.
	timeoutLooks = 4

	// Who is found writing may be done in no time, or be stuck with a client that does not read. The next look
	// comes after a sixteenth of the usual time, and after three of these it is taken to be stuck.
	retryFraction = 16
	stuckLooks    = 3
)

// keepAliveBody is in pings of the Keeper's. Handlers are not told of pongs that have it.
const keepAliveBody = "wshd"

var errSilent = fmt.Errorf("%w: no answer to a ping", wsh.ErrClosed)

// lookForClient pings a silent client and gives up a dead one. The result is when to look again; 0: never.
func (c *Conn) lookForClient() time.Duration {
	k := &c.checks
	if k.active.Swap(false) {
		k.silent, k.busy, k.pinged = 0, 0, false
		return c.conf.PingInterval / intervalLooks
	}
	if k.full.Load() && c.hungUp() {
		c.help(c.tellGone) // what is buffered can still be received
		return 0
	}
	if k.pinged {
		return c.lookForPong()
	}
	again := c.conf.PingInterval / intervalLooks
	if k.silent++; k.silent < intervalLooks-1 {
		return again
	}
	if !c.keepAlivePing() {
		return again / retryFraction
	}
	k.silent, k.busy = 0, 0
	if c.conf.PingTimeout <= 0 {
		return again
	}
	k.pinged = true
	return c.conf.PingTimeout / timeoutLooks
}

// lookForPong counts the looks since the ping at which the answer could have come.
func (c *Conn) lookForPong() time.Duration {
	k := &c.checks
	again := c.conf.PingTimeout / timeoutLooks
	if !c.out.writing.locked() {
		k.busy = 0
	} else if k.busy++; k.busy < stuckLooks {
		return again / retryFraction
	}
	k.silent++
	switch {
	case k.full.Load() || c.inHook.Load() || k.busy > 0:
		// The answer is not read, or the ping waits behind what cannot be written: that has a
		// time-out of its own.
		k.silent = 0
	case k.silent == timeoutLooks:
		c.help(c.giveUp)
		return 0
	}
	return again
}

// giveUp ends a connection whose client is no longer there. No Close frame would reach it.
func (c *Conn) giveUp() {
	c.hit(LimitPingTimeout)
	c.phase.reach(disconnected)
	c.lost(errSilent)
	c.nc.Close()
}

// keepAlivePing sends a ping if it can go out now. It reports false if somebody is writing.
func (c *Conn) keepAlivePing() bool {
	if !c.out.writing.tryLock() {
		return false
	}
	if c.phase.has(closeSent) || c.out.err != nil {
		c.endWrite()
		return false
	}
	p := append(protocol.AppendHeader(nil, 0x89, len(keepAliveBody)), keepAliveBody...)
	if c.out.unsent == nil {
		p = c.putNow(p)
	}
	writes := len(p) > 0 && c.help(func() {
		defer c.endWrite()
		c.write(p) // its error ends the connection
	})
	if !writes {
		c.endWrite()
	}
	return true
}
