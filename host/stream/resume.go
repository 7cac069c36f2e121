package stream

import (
	"errors"
	"iter"

	"wshd/plugins/wsh"
)

// partial is a message that a Receive with a timeout reads. coder and flate cannot be told to come back
// later, so they run as a coroutine, on a stack of their own, which waits there when the timeout
// strikes; the next Receive goes on with it. Nothing runs at the same time.
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

// resume reads on until the message is there, or TCP has nothing for it in time.
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

// dropPartial gives up the message.
func (in *inbound) dropPartial() {
	if m := in.partial; m != nil {
		in.partial = nil
		m.stop()
	}
}
