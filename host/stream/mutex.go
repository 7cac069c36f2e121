package stream

import (
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

// mutex is a mutual exclusion lock that can be waited for in a select. It goes to whoever has waited longest,
// and has no channel until somebody waits.
type mutex struct {
	held    atomic.Bool // or being handed to one who waits
	waiting atomic.Int32
	handed  atomic.Pointer[chan struct{}] // holds one while the lock is being handed over
}

// tryLock takes the lock if it is free.
func (m *mutex) tryLock() bool {
	if m.held.CompareAndSwap(false, true) {
		return true
	}
	if handed := m.handed.Load(); handed != nil {
		select {
		case <-*handed: // those who waited have stopped waiting
			return true
		default:
		}
	}
	return false
}

// queue is to be called before waiting, and unqueue after it. A receive from the channel takes the lock.
func (m *mutex) queue() <-chan struct{} {
	if m.handed.Load() == nil {
		handed := make(chan struct{}, 1)
		m.handed.CompareAndSwap(nil, &handed)
	}
	m.waiting.Add(1)
	return *m.handed.Load()
}

func (m *mutex) unqueue() { m.waiting.Add(-1) }

// lock takes the lock, however long that takes.
func (m *mutex) lock() {
	handed := m.queue()
	defer m.unqueue()
	if !m.tryLock() {
		<-handed
	}
}

func (m *mutex) unlock() {
	if m.waiting.Load() == 0 {
		m.held.Store(false)
		// Somebody may have begun to wait between the two.
		if m.waiting.Load() == 0 || !m.held.CompareAndSwap(false, true) {
			return
		}
	}
	*m.handed.Load() <- struct{}{} // there is room, as there is but one lock
}

// locked reports whether somebody has the lock.
func (m *mutex) locked() bool {
	handed := m.handed.Load()
	return m.held.Load() && (handed == nil || len(*handed) == 0)
}

// await waits for a lock, at most until that time (the zero time: without a deadline), and at most until the
// connection reaches stop.
func (c *Conn) await(m *mutex, until time.Time, stop mark) error {
	if m.tryLock() {
		return nil
	}
	handed := m.queue()
	defer m.unqueue()
	if m.tryLock() { // it was unlocked before queue
		return nil
	}
	var late <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		late = timer.C
	}
	var stopped <-chan struct{}
	if stop != never {
		stopped = c.phase.done(stop)
	}
	select {
	case <-handed:
		return nil
	case <-late:
		return wsh.ErrTimeout
	case <-stopped:
	}
	if err := c.broken(); err != nil {
		return err
	}
	return errCloseReceived // the only other mark that callers pass as stop
}
