package wsh

import (
	"time"
)

// receiverQueue is how many messages a MessageReceiver reads ahead. While it is full nothing is
// read, so that the client feels it.
const receiverQueue = 64

// MessageReceiver receives in the background, so that a handler can look for messages without
// waiting: pywebsocket's msgutil.MessageReceiver, dwebsocket's read, count_messages and
// has_messages. It holds at most 64 messages; then the client must wait. Use it instead of
// ReceiveMessage, not beside it.
type MessageReceiver struct {
	C <-chan Message // the messages; closed at the end

	err  error
	done chan struct{} // closed when err is set
}

// NewMessageReceiver starts receiving for r. One request has one receiver: a second call returns
// the first.
func NewMessageReceiver(r *Request) *MessageReceiver {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.receiver != nil {
		return r.receiver
	}
	c := make(chan Message, receiverQueue)
	m := &MessageReceiver{C: c, done: make(chan struct{})}
	r.receiver = m
	r.ended = make(chan struct{})
	if r.finished {
		close(r.ended)
	}
	r.helpers.Go(func() {
		defer close(c)
		defer close(m.done)
		for {
			msg, err := r.ReceiveMessage()
			if err != nil {
				m.err = err
				return
			}
			select {
			case c <- msg:
			case <-r.ended: // not Context: what came before the client was gone can still be received
				m.err = ErrClosed
				return
			}
		}
	})
	return m
}

// Receive waits for the next message: dwebsocket's wait. At the end it returns what Err does.
func (m *MessageReceiver) Receive() (Message, error) {
	msg, ok := <-m.C
	if !ok {
		return Message{}, m.Err()
	}
	return msg, nil
}

// ReceiveNowait returns a message if one is there: dwebsocket's read.
func (m *MessageReceiver) ReceiveNowait() (Message, bool) {
	select {
	case msg, ok := <-m.C:
		return msg, ok
	default:
		return Message{}, false
	}
}

// ReceiveTimeout waits no longer than d and then returns ErrTimeout.
func (m *MessageReceiver) ReceiveTimeout(d time.Duration) (Message, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case msg, ok := <-m.C:
		if !ok {
			return Message{}, m.Err()
		}
		return msg, nil
	case <-timer.C:
		return Message{}, ErrTimeout
	}
}

// Len is the number of messages that wait: dwebsocket's count_messages.
func (m *MessageReceiver) Len() int { return len(m.C) }

// Err is why receiving ended: io.EOF once the client has closed; nil while it goes on.
func (m *MessageReceiver) Err() error {
	select {
	case <-m.done:
		return m.err
	default:
		return nil
	}
}

// MessageSender sends in the background, from a bounded queue, so that a handler need not wait for
// a slow client: pywebsocket's msgutil.MessageSender. Messages go out in the order of the calls, and wait
// while a message begun by SendFragment has not ended. What is still queued when TransferData returns is
// dropped: end with Send, which waits.
type MessageSender struct {
	r     *Request
	queue chan outgoing
}

type outgoing struct {
	m    Message
	sent chan error // nil: nobody waits, and Request.queued counts the message
}

// defaultQueued is how many bytes SendNowait may queue for a client unless Link says otherwise.
const defaultQueued = 1 << 20

// NewMessageSender starts a sender whose queue holds at most queue messages, at least one.
func NewMessageSender(r *Request, queue int) *MessageSender {
	s := &MessageSender{r: r, queue: make(chan outgoing, max(queue, 1))}
	r.helpers.Go(func() {
		for {
			select {
			case <-r.ctx.Done():
				return
			case o := <-s.queue:
				err := r.s.Send(o.m, true)
				if o.sent != nil {
					o.sent <- err
				} else { // not before: while it waits in Send it waits for the client
					r.queued.Add(-int64(len(o.m.Data)))
				}
			}
		}
	})
	return s
}

// Send queues m and waits until it has been sent.
func (s *MessageSender) Send(m Message) error {
	sent := make(chan error, 1)
	select {
	case s.queue <- outgoing{m, sent}:
	case <-s.r.ctx.Done():
		return ErrClosed
	}
	select {
	case err := <-sent:
		return err
	case <-s.r.ctx.Done():
		return ErrClosed
	}
}

// SendNowait queues m and returns, or returns ErrQueueFull if the queue is full, or if more bytes would
// wait for the client than the host's limits.write_buffer allows; where nothing waits any message is taken.
// m.Data must not be changed afterwards.
func (s *MessageSender) SendNowait(m Message) error {
	if s.r.ctx.Err() != nil {
		return ErrClosed
	}
	size := int64(len(m.Data))
	if n := s.r.queued.Add(size); n <= s.r.mayQueue || n == size {
		select {
		case s.queue <- outgoing{m: m}:
			return nil
		default:
		}
	}
	s.r.queued.Add(-size)
	return ErrQueueFull
}
