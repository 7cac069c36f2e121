package stream

import "sync/atomic"

// turn is a mutex that can be waited for beside other things. It costs no channel until somebody
// waits, and goes to whoever has waited longest.
type turn struct {
	held    atomic.Bool // or on its way to one who waits
	waiting atomic.Int32
	way     atomic.Pointer[chan struct{}] // holds one while the turn is on its way
}

// try takes the turn if it is free.
func (t *turn) try() bool {
	if t.held.CompareAndSwap(false, true) {
		return true
	}
	if way := t.way.Load(); way != nil {
		select {
		case <-*way: // those it was meant for have gone
			return true
		default:
		}
	}
	return false
}

// queue is to be called before waiting, and leave after it. What is received from the channel is the turn.
func (t *turn) queue() <-chan struct{} {
	if t.way.Load() == nil {
		way := make(chan struct{}, 1)
		t.way.CompareAndSwap(nil, &way)
	}
	t.waiting.Add(1)
	return *t.way.Load()
}

func (t *turn) leave() { t.waiting.Add(-1) }

// wait takes the turn, however long that takes.
func (t *turn) wait() {
	way := t.queue()
	defer t.leave()
	if !t.try() {
		<-way
	}
}

// give gives the turn back.
func (t *turn) give() {
	if t.waiting.Load() == 0 {
		t.held.Store(false)
		// Somebody may have begun to wait between the two.
		if t.waiting.Load() == 0 || !t.held.CompareAndSwap(false, true) {
			return
		}
	}
	*t.way.Load() <- struct{}{} // there is room, as there is but one turn
}

// taken reports whether somebody has the turn.
func (t *turn) taken() bool {
	way := t.way.Load()
	return t.held.Load() && (way == nil || len(*way) == 0)
}

// event happens once, and can be waited for. It costs no channel until somebody waits.
type event struct {
	wait atomic.Pointer[chan struct{}]
}

// happened is what event.wait points to afterwards.
var happened = func() *chan struct{} {
	c := make(chan struct{})
	close(c)
	return &c
}()

func (e *event) is() bool { return e.wait.Load() == happened }

// happen may be called again.
func (e *event) happen() {
	if wait := e.wait.Swap(happened); wait != nil && wait != happened {
		close(*wait)
	}
}

// done is closed when the event happens.
func (e *event) done() <-chan struct{} {
	if e.wait.Load() == nil {
		wait := make(chan struct{})
		e.wait.CompareAndSwap(nil, &wait)
	}
	return *e.wait.Load()
}
