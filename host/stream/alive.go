package stream

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

const (
	// intervalChecks is how many checks PingInterval is divided into. A ping goes out when all but one of them
	// have found nothing received: after silence of four fifths of PingInterval at least, and all of it at
	// most.
	intervalChecks = 5

	// timeoutChecks is how many checks PingTimeout is divided into; after the last the client is taken for
	// dead.
	timeoutChecks = 4

	// If a check finds a write under way, that may end at once, or be blocked by a client that does not read.
	// The next check comes after a sixteenth of the usual time; after three such checks the write counts as
	// blocked.
	retryFraction = 16
	stuckChecks   = 3
)

// keepAliveBody is the payload of keep-alive pings. OnPong is not called for pongs that have it.
const keepAliveBody = "wshd"

var errSilent = fmt.Errorf("%w: no answer to a ping", wsh.ErrClosed)

// checkClient pings a silent client and ends the connection of a dead one. It returns the time until the next
// check; 0: none.
func (c *Conn) checkClient() time.Duration {
	k := &c.checks
	if k.active.Swap(false) {
		k.silent, k.busy, k.pinged = 0, 0, false
		return c.conf.PingInterval / intervalChecks
	}
	if k.full.Load() && c.hungUp() {
		c.help(c.tellGone) // what is buffered can still be received
		return 0
	}
	if k.pinged {
		return c.checkPong()
	}
	again := c.conf.PingInterval / intervalChecks
	if k.silent++; k.silent < intervalChecks-1 {
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
	return c.conf.PingTimeout / timeoutChecks
}

// checkPong counts the checks since the ping at which a pong could have been received.
func (c *Conn) checkPong() time.Duration {
	k := &c.checks
	again := c.conf.PingTimeout / timeoutChecks
	if !c.out.writing.locked() {
		k.busy = 0
	} else if k.busy++; k.busy < stuckChecks {
		return again / retryFraction
	}
	k.silent++
	switch {
	case k.full.Load() || c.inHook.Load() || k.busy > 0:
		// A pong would not be read, or the ping waits behind a blocked write, which has a time-out of its own.
		k.silent = 0
	case k.silent == timeoutChecks:
		c.help(c.giveUp)
		return 0
	}
	return again
}

// giveUp ends the connection of a dead client. No Close frame is sent, since none would arrive.
func (c *Conn) giveUp() {
	c.hit(LimitPingTimeout)
	c.phase.reach(disconnected)
	c.lost(errSilent)
	c.nc.Close()
}

// keepAlivePing sends a ping if it can be written now. It returns false if another write is under way.
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
