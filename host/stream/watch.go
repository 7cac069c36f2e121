package stream

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh/protocol"
)

// watchAfter is how long nobody may have been receiving before the connection is watched; it may be
// twice as long.
const watchAfter = 50 * time.Millisecond

// watch reads while the handler does not, so that pings are answered and the client's leaving is
// noticed. A message costs it a count: the connections that share a Keeper are looked at together, whether
// one came by.
type watch struct {
	mu      sync.Mutex
	armed   bool   // it is among those that are looked at
	marked  bool   // it has been looked at, and seen is set
	running bool   // somebody watches
	turns   uint32 // that have ended
	seen    uint32 // turns, at the last look

	interrupted atomic.Bool // the read deadline is past, to make the watcher go
}

func (c *Conn) startWatch() {
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	c.arm()
}

// leave ends what enter began.
func (c *Conn) leave() {
	c.deadline(time.Time{})
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.ending.Load() && c.isOver() {
		c.tidy()
	}
	c.in.spareBuf()
	c.turn.give()
	w.turns++
	c.arm()
}

// arm has the connection looked at. w.mu is held.
func (c *Conn) arm() {
	w := &c.watch
	if w.armed || c.clientClosed.Load() || !c.Opened() || c.broken() != nil || c.isOver() {
		return
	}
	w.armed, w.marked = true, false
	c.conf.Keeper.rounds.add(c)
}

// lookIn begins to watch, if nobody has read since the last look. It reports whether to look again.
func (c *Conn) lookIn() bool {
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.armed: // disarm came first
		return false
	case !w.marked || w.turns != w.seen:
		w.marked, w.seen = true, w.turns
		return true
	}
	w.armed = false
	if !c.turn.try() { // somebody reads; when that ends, it is armed again
		return false
	}
	if w.interrupted.Swap(false) { // by somebody who did not wait for the turn
		c.nc.SetReadDeadline(time.Time{})
	}
	w.running = c.help(c.watchOver)
	if !w.running {
		c.turn.give()
	}
	return false
}

// watchOver watches. It has the turn to read.
func (c *Conn) watchOver() {
	c.in.mode = watching
	c.observe()
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	c.turn.give()
}

// observe reads until it is interrupted, the buffer is full, or the client is gone. Only the frames
// before the first data frame are served; a Close frame is left for Receive or End to answer.
func (c *Conn) observe() {
	in := &c.in
	serving := true
	for {
		if serving && in.left() == 0 && len(in.hand) == 0 {
			_, n, err := c.controls()
			var f *protocol.Fault
			switch {
			case errors.Is(err, errHeard):
				c.gone()
				return
			case errors.As(err, &f):
				c.blame(f)
				return
			}
			serving = n == 0 && err == nil
		}
		if in.buffered() == bufSize {
			c.life.deaf.Store(true)
			return
		}
		if err := c.fillNow(); err != nil {
			if in.err != nil {
				c.gone() // what is buffered can still be received
			}
			return
		}
	}
}

// interrupt sends the watcher away: it reads no more.
func (w *watch) interrupt(nc net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running {
		w.interrupted.Store(true)
		nc.SetReadDeadline(past)
	}
}

// disarm keeps a watch from beginning.
func (c *Conn) disarm() {
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
}

// rounds are made while there are connections to look at.
type rounds struct {
	mu    sync.Mutex
	conns []*Conn
	timer *time.Timer
}

func (r *rounds) add(conns ...*Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) == 0 && len(conns) > 0 {
		if r.timer == nil {
			r.timer = time.AfterFunc(watchAfter, r.make)
		} else {
			r.timer.Reset(watchAfter)
		}
	}
	r.conns = append(r.conns, conns...)
}

func (r *rounds) make() {
	r.mu.Lock()
	conns := r.conns
	r.conns = nil
	r.mu.Unlock()
	r.add(slices.DeleteFunc(conns, func(c *Conn) bool { return !c.lookIn() })...)
}
