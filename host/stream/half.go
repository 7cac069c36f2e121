package stream

import (
	"errors"
	"iter"

	"wshd/plugins/wsh"
)

// half is a message that a Receive with a timeout reads. coder and flate cannot be told to come back
// later, so they run as a coroutine, on a stack of their own, which waits there when the timeout
// strikes; the next Receive goes on with it. Nothing runs at the same time.
type half struct {
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	running bool // control is within the coroutine
	err     error
	result  wsh.Message
	failed  error
}

// errAbandoned: a hook panicked within the coroutine.
var errAbandoned = errors.New("reading was abandoned")

func (c *Conn) newHalf() *half {
	h := &half{failed: errAbandoned}
	h.next, h.stop = iter.Pull(func(yield func(struct{}) bool) {
		h.yield = yield
		h.result, h.failed = c.message(nil)
	})
	return h
}

// wait is how the coroutine waits for bytes.
func (h *half) wait() error {
	h.running = false
	more := h.yield(struct{}{})
	h.running = true
	if !more {
		return wsh.ErrClosed
	}
	return h.err
}

// resume reads on until the message is there, or TCP has nothing for it in time.
func (h *half) resume(c *Conn) (wsh.Message, error) {
	for {
		h.running = true
		_, waits := h.next()
		h.running = false
		if !waits {
			c.in.half = nil
			return h.result, h.failed
		}
		err := c.fillNow()
		if errors.Is(err, wsh.ErrTimeout) {
			return wsh.Message{}, err
		}
		h.err = err
	}
}

// drop gives up the message.
func (in *inbound) drop() {
	if h := in.half; h != nil {
		in.half = nil
		h.stop()
	}
}
