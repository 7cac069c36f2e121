package stream

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// watchAfter is how long nobody may have been receiving before the connection is watched.
const watchAfter = 50 * time.Millisecond

// watch reads while the handler does not, so that pings are answered and the client's leaving is
// noticed. Its timer is not touched by every message: it fires, and looks whether one came by.
type watch struct {
	mu      sync.Mutex
	timer   *time.Timer
	armed   bool
	running bool
	turns   uint64 // that have ended
	seen    uint64 // turns, when the timer was set

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
	<-c.turn
	w.turns++
	c.arm()
}

// arm sets the timer if it is not set. w.mu is held.
func (c *Conn) arm() {
	w := &c.watch
	if w.armed || c.clientClosed.Load() || !c.isOpen() || c.broken() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.helpers.Add(1)
	w.armed, w.seen = true, w.turns
	if w.timer == nil {
		w.timer = time.AfterFunc(watchAfter, c.tick)
	} else {
		w.timer.Reset(watchAfter)
	}
}

// tick begins to watch, if nobody has read since the timer was set.
func (c *Conn) tick() {
	w := &c.watch
	w.mu.Lock()
	if !w.armed {
		w.mu.Unlock() // disarm came first
		return
	}
	if w.turns != w.seen {
		w.seen = w.turns
		w.timer.Reset(watchAfter)
		w.mu.Unlock()
		return
	}
	defer c.helpers.Done()
	w.armed = false
	select {
	case c.turn <- struct{}{}:
		if w.interrupted.Swap(false) { // by somebody who did not wait for the turn
			c.nc.SetReadDeadline(time.Time{})
		}
		w.running = true
		w.mu.Unlock()
	default: // somebody reads; when that ends, the timer is set again
		w.mu.Unlock()
		return
	}
	c.in.mode = watching
	c.observe()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	<-c.turn
}

// observe reads until it is interrupted, the buffer is full, or the client is gone. Only the frames
// before the first data frame are served; a Close frame is left for Receive or End to answer.
func (c *Conn) observe() {
	in := &c.in
	serving := true
	for {
		if serving && in.left() == 0 && len(in.hand) == 0 {
			_, n, err := c.controls()
			var f *fault
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
	if w.armed {
		w.armed = false
		w.timer.Stop() // if it has fired, tick sees that it is not armed
		c.helpers.Done()
	}
}
