package stream

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// life is what Keeper knows of a connection. Reading leaves a mark and no time, which would cost a look
// at the clock for every read: silence is counted in looks that find no mark.
type life struct {
	queued int // the place in Keeper.queue, from 1; 0: not there

	ping  time.Duration // when to look whether it is there, after Keeper.base; 0: never
	times *times        // nil: its time is not bounded

	heard   atomic.Bool // bytes have come since the last look
	deaf    atomic.Bool // nobody reads, since the buffer is full
	quiet   int8        // looks in a row that found nothing
	asked   bool        // a ping is out, and nothing has come since
	closing bool        // the last look found that the server had closed
	busy    int8        // looks in a row that found somebody writing
}

// times are of a connection that may not be idle, or not grow old.
type times struct {
	idle, old time.Duration // when to look, after Keeper.base; 0: never
	messages  int64         // that had passed at the last look
	still     int           // looks in a row that found no more
}

// The interval is looked at so many times, and pings go out when all looks but one found nothing: after
// silence of four fifths of it at least, and all of it at most.
const intervalLooks = 5

// timeoutLooks is the same for the timeout.
const timeoutLooks = 4

// idleLooks is the same for the time without messages, which may so be a quarter more.
const idleLooks = 4

// Whoever is found writing is looked at again a hurry-th of that later, and taken to be stuck after so
// many looks.
const (
	hurry      = 16
	stuckLooks = 3
)

// keepAliveBody is in pings of the Keeper's. Handlers are not told of pongs that have it.
const keepAliveBody = "wshd"

var (
	errSilent     = fmt.Errorf("%w: no answer to a ping", wsh.ErrClosed)
	errUnanswered = fmt.Errorf("%w: no answer to the Close frame", wsh.ErrClosed)
)

// keep has the connection looked at from now on.
func (c *Conn) keep() {
	if c.conf.PingInterval > 0 || c.conf.IdleTimeout > 0 || c.conf.Lifetime > 0 {
		c.conf.Keeper.add(c)
	}
}

// expect says when to look first.
func (c *Conn) expect(k *Keeper) {
	c.life.ping = k.after(c.conf.PingInterval / intervalLooks)
	if c.conf.IdleTimeout > 0 || c.conf.Lifetime > 0 {
		c.life.times = &times{
			idle: k.after(c.conf.IdleTimeout / idleLooks),
			old:  k.after(c.conf.Lifetime - time.Duration(rand.Float64()*float64(c.conf.Lifetime)/10)),
		}
	}
}

// due is when to look next; 0: never.
func (c *Conn) due() time.Duration {
	at := c.life.ping
	if t := c.life.times; t != nil {
		for _, d := range [...]time.Duration{t.idle, t.old} {
			if d > 0 && (at == 0 || d < at) {
				at = d
			}
		}
	}
	return at
}

// look does what is due. It does not block.
func (c *Conn) look(k *Keeper, now time.Duration) {
	l := &c.life
	if c.serverClosed.Load() || c.clientClosed.Load() || c.broken() != nil {
		l.ping, l.times = k.after(c.lookForEnd()), nil
		return
	}
	if l.ping > 0 && l.ping <= now {
		l.ping = k.after(c.lookForLife())
	}
	t := l.times
	if t != nil && t.idle > 0 && t.idle <= now {
		t.idle = k.after(c.lookForMessages(t))
	}
	if t != nil && t.old > 0 && t.old <= now {
		t.old = 0
		c.expire(LimitLifetime, fmt.Sprintf("it has been open for %v", c.conf.Lifetime))
	}
}

// lookForEnd gives up a client that does not answer the server's Close frame, which may be one that nobody
// waits for. The result is when to look again; 0: never. All other closing has time-outs of its own.
func (c *Conn) lookForEnd() time.Duration {
	switch l := &c.life; {
	case c.clientClosed.Load() || c.broken() != nil || c.ending.Load():
		return 0
	case l.closing:
		c.failWith(wsh.StatusGoingAway, "", errUnanswered)
		return 0
	default:
		l.closing = true
		return c.conf.CloseTimeout
	}
}

// lookForMessages closes a connection over which none have passed for long enough.
func (c *Conn) lookForMessages(t *times) time.Duration {
	n := c.stats.messagesIn.Load() + c.stats.messagesOut.Load()
	if n != t.messages {
		t.messages, t.still = n, 0
	} else if t.still++; t.still == idleLooks {
		c.expire(LimitIdleTimeout, fmt.Sprintf("no message for %v", c.conf.IdleTimeout))
		return 0
	}
	return c.conf.IdleTimeout / idleLooks
}

// expire closes with 1001 for a limit of time.
func (c *Conn) expire(limit, why string) {
	c.hit(limit)
	c.failWith(wsh.StatusGoingAway, "", fmt.Errorf("%w: %s", wsh.ErrClosed, why))
}

// lookForLife pings a silent client and gives up a dead one. The result is when to look again; 0: never.
func (c *Conn) lookForLife() time.Duration {
	l := &c.life
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
	c.hit(LimitPingTimeout)
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
	p := append(protocol.AppendHeader(nil, 0x89, len(keepAliveBody)), keepAliveBody...)
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
