package stream

import (
	"errors"
	"iter"

	"wshd/plugins/wsh"
)

// partial is a message that a Receive with a timeout reads. coder and flate cannot return in the middle of a
// message and go on later, so they run as a coroutine, which stays where it is at the timeout; the next Receive
// resumes it. The two never run at the same time.
type partial struct {
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	running bool  // control is within the coroutine
	err     error // of the read that it waits for
	message wsh.Message
	failed  error
}

// errAbandoned: a hook panicked within the coroutine.
var errAbandoned = errors.New("reading was abandoned")

func (c *Conn) newPartial() *partial {
	m := &partial{failed: errAbandoned}
	m.next, m.stop = iter.Pull(func(yield func(struct{}) bool) {
		m.yield = yield
		m.message, m.failed = c.message(nil)
	})
	return m
}

// wait is how the coroutine waits for bytes.
func (m *partial) wait() error {
	m.running = false
	more := m.yield(struct{}{})
	m.running = true
	if !more {
		return wsh.ErrClosed
	}
	return m.err
}

// resume runs the coroutine until the message is whole, or the timeout.
func (m *partial) resume(c *Conn) (wsh.Message, error) {
	for {
		m.running = true
		_, waits := m.next()
		m.running = false
		if !waits {
			c.in.partial = nil
			return m.message, m.failed
		}
		err := c.fillBuffer()
		if errors.Is(err, wsh.ErrTimeout) {
			return wsh.Message{}, err
		}
		m.err = err
	}
}

// dropPartial ends the coroutine, and drops its message.
func (in *inbound) dropPartial() {
	if m := in.partial; m != nil {
		in.partial = nil
		m.stop()
	}
}
