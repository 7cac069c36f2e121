package stream

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// The checks that the Scheduler runs on a connection.
const (
	readerCheck = iota // whether a goroutine reads: background.go
	clientCheck        // whether the client is alive: alive.go
	idleCheck          // whether messages pass: idle.go
	ageCheck           // whether it is too old: idle.go
	answerCheck        // whether the client has answered a Close frame: idle.go
	checkKinds
)

// checks are a connection's checks: when each is due, and what the last ones found. A read only sets active,
// since asking the clock at each read would cost too much: silence is counted in checks that find active unset.
type checks struct {
	active      atomic.Bool // bytes have been received since the last check
	full        atomic.Bool // the buffer is full, and so nobody reads
	interrupted atomic.Bool // the read deadline is in the past, to make the background reader stop

	mu sync.Mutex                // guards what follows; held during a check
	at [checkKinds]time.Duration // when each check is due, in the Scheduler's time; 0: never

	inBackground bool   // the background reader runs
	reads        uint32 // how many reads of others have ended
	seen         uint32 // reads, at the last check

	silent int8 // checks in a row that found no bytes received
	busy   int8 // checks in a row that found a write under way
	pinged bool // a ping has been sent, and nothing received since

	messages int64 // sent and received by the last check
	still    int8  // checks in a row that found no new message
}

// startChecks schedules the checks of an open connection. The check for a reader may have begun before.
func (c *Conn) startChecks() {
	k, conf := &c.checks, &c.conf
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.phase.has(shut) { // before stopChecks, which undoes this
		return
	}
	age := conf.Lifetime - time.Duration(rand.Float64()*float64(conf.Lifetime)/10)
	k.at[clientCheck] = c.after(conf.PingInterval / intervalChecks)
	k.at[idleCheck] = c.after(conf.IdleTimeout / idleChecks)
	k.at[ageCheck] = c.after(age)
	c.schedule()
	c.interruptLocked() // the background reader has only counted bytes until now: from here on it parses frames
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

// runChecks runs the checks that are due. It does not block.
func (c *Conn) runChecks(now time.Duration) {
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	for kind, at := range k.at {
		if at == 0 || at > now {
			continue
		}
		switch {
		case kind != readerCheck:
			k.at[kind] = c.after(c.runCheck(kind))
		case c.checkReader():
			k.at[kind] = at + backgroundAfter
		default:
			k.at[kind] = 0
		}
	}
	c.schedule()
}

// runCheck runs one check, and returns the time until the next of its kind; 0: none.
func (c *Conn) runCheck(kind int) time.Duration {
	switch {
	case kind == answerCheck:
		return c.checkAnswer()
	case c.phase.has(closeSent) || c.phase.has(closeReceived) || c.phase.has(down):
		return 0 // closing has time-outs of its own
	case kind == clientCheck:
		return c.checkClient()
	case kind == idleCheck:
		return c.checkIdle()
	default:
		return c.checkAge()
	}
}

// after is the time when d will have passed, rounded, since a check need not be on time.
func (c *Conn) after(d time.Duration) time.Duration {
	return c.conf.Scheduler.after(d, min(max(d/16, time.Millisecond), time.Second))
}

// schedule tells the Scheduler when the first of c's checks is due. checks.mu is held.
func (c *Conn) schedule() {
	var first time.Duration
	for _, at := range c.checks.at {
		if at > 0 && (first == 0 || at < first) {
			first = at
		}
	}
	c.conf.Scheduler.schedule(c, first)
}
