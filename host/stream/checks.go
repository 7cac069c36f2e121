package stream

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// The kinds of look that the Keeper takes at a connection.
const (
	checkReader = iota // whether somebody reads: watch.go
	checkClient        // whether the client is there: alive.go
	checkIdle          // whether messages pass: idle.go
	checkAge           // whether it is too old: idle.go
	checkAnswer        // whether the client has answered a Close frame: idle.go
	checkKinds
)

// checks are the looks that are to be taken at a connection, and what is known from the last ones. Reading
// leaves a mark and no time, which would cost a look at the clock for every read: what does not happen is
// counted in looks that find no mark.
type checks struct {
	active      atomic.Bool // bytes have come since the last look
	full        atomic.Bool // the buffer is full, and so nobody reads
	interrupted atomic.Bool // the read deadline is past, to make the watcher stop

	mu sync.Mutex                // guards what follows; held during a look
	at [checkKinds]time.Duration // when to look, as the Keeper counts; 0: never

	watching bool   // a watcher reads
	reads    uint32 // times that somebody else has read, and stopped
	seen     uint32 // reads, at the last look

	silent int8 // looks in a row that found no bytes
	busy   int8 // looks in a row that found somebody writing
	pinged bool // a ping is out, and nothing has come since

	messages int64 // that had passed at the last look
	still    int8  // looks in a row that found no more
}

// startChecks begins the looks that an open connection has. Watch may have begun to look for a reader.
func (c *Conn) startChecks() {
	k, conf := &c.checks, &c.conf
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.phase.has(shut) { // before stopChecks, which undoes this
		return
	}
	age := conf.Lifetime - time.Duration(rand.Float64()*float64(conf.Lifetime)/10)
	k.at[checkClient] = c.after(conf.PingInterval / intervalLooks)
	k.at[checkIdle] = c.after(conf.IdleTimeout / idleLooks)
	k.at[checkAge] = c.after(age)
	c.schedule()
	c.interrupt() // whoever has watched until now has seen bytes, not frames
	c.expectReader()
}

// stopChecks ends the checks. It waits for one that is running.
func (c *Conn) stopChecks() {
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = [checkKinds]time.Duration{}
	c.schedule()
}

// look does what is due. It does not block.
func (c *Conn) look(now time.Duration) {
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	for kind, at := range k.at {
		if at == 0 || at > now {
			continue
		}
		switch {
		case kind != checkReader:
			k.at[kind] = c.after(c.lookAt(kind))
		case c.lookForReader():
			k.at[kind] = at + watchAfter
		default:
			k.at[kind] = 0
		}
	}
	c.schedule()
}

// lookAt returns how long to wait for the next look of the kind; 0: there is none.
func (c *Conn) lookAt(kind int) time.Duration {
	switch {
	case kind == checkAnswer:
		return c.lookForAnswer()
	case c.phase.has(closeSent) || c.phase.has(closeReceived) || c.phase.has(down):
		return 0 // closing has time-outs of its own
	case kind == checkClient:
		return c.lookForClient()
	case kind == checkIdle:
		return c.lookForMessages()
	default:
		return c.lookAtAge()
	}
}

// after rounds the time for a look that need not be exact.
func (c *Conn) after(d time.Duration) time.Duration {
	return c.conf.Keeper.after(d, min(max(d/16, time.Millisecond), time.Second))
}

// schedule has the Keeper look at c next when the first of its looks is due. checks.mu is held.
func (c *Conn) schedule() {
	var first time.Duration
	for _, at := range c.checks.at {
		if at > 0 && (first == 0 || at < first) {
			first = at
		}
	}
	c.conf.Keeper.schedule(c, first)
}
