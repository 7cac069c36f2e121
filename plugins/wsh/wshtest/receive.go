package wshtest

import (
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

func (s *stream) Receive(timeout time.Duration, _ bool) (wsh.Message, error) {
	if !isClosed(s.open) {
		return wsh.Message{}, wsh.ErrBadOperation
	}
	var quit <-chan time.Time
	if timeout >= 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		quit = timer.C
	}
	select {
	case s.receiving <- struct{}{}:
	default:
		select {
		case s.receiving <- struct{}{}:
		case <-quit:
			return wsh.Message{}, wsh.ErrTimeout
		}
	}
	defer func() { <-s.receiving }()
	for {
		if err := s.stopped(); err != nil {
			return wsh.Message{}, err
		}
		if m, whole, err := s.step(quit); whole || err != nil {
			return m, err
		}
	}
}

// stopped says whether and why there is nothing more to receive.
func (s *stream) stopped() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil && s.own {
		return wsh.ErrBadOperation
	}
	return s.over
}

// stop sets what Receive returns from now on, and returns it.
func (s *stream) stop(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = err
	}
	return s.over
}

// step receives one frame and does what it asks for. The receiving token must be held.
func (s *stream) step(quit <-chan time.Time) (m wsh.Message, whole bool, err error) {
	var f frame
	err = s.in.take(quit, func(buf []byte) (n int, err error) {
		f, n, err = parseFrame(buf, protocol.Receiver{Begun: s.coming.begun})
		return n, err
	})
	var fault *protocol.Fault
	switch {
	case errors.Is(err, wsh.ErrTimeout):
		return wsh.Message{}, false, err
	case errors.As(err, &fault):
		return wsh.Message{}, false, s.refuse(fault.Code)
	case err != nil: // gone without a word
		s.gone()
		return wsh.Message{}, false, s.stop(wsh.ErrClosed)
	}
	switch f.Opcode {
	case wsh.OpcodeClose:
		return wsh.Message{}, false, s.close(f)
	case wsh.OpcodePing, wsh.OpcodePong:
		s.ping(f, s.hook(f.Opcode))
		return wsh.Message{}, false, nil
	}
	m, whole = s.coming.add(f)
	if whole && !m.Binary && !utf8.Valid(m.Data) {
		return wsh.Message{}, false, s.refuse(wsh.StatusInvalidFramePayloadData)
	}
	return m, whole && !s.ServerClosed(), nil // after our Close frame, messages are discarded
}

// hook is the handler's own for a ping or a pong, or nil.
func (s *stream) hook(o wsh.Opcode) func([]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o == wsh.OpcodePing {
		return s.onPing
	}
	return s.onPong
}

func (s *stream) ping(f frame, hook func([]byte)) {
	switch {
	case hook != nil:
		hook(f.payload)
	case f.Opcode == wsh.OpcodePing:
		// The client may be gone: the next frame will tell.
		_ = s.out.write(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePong}, f.payload), true)
	}
}

// refuse ends the connection for a frame that RFC 6455 forbids.
func (s *stream) refuse(code wsh.StatusCode) error {
	s.Fail(code, "")
	return s.stop(wsh.ErrClosed)
}

// close takes in the client's Close frame, and answers it if it came first.
func (s *stream) close(f frame) error {
	code, reason, err := protocol.ParseClose(f.payload)
	var fault *protocol.Fault
	if errors.As(err, &fault) {
		return s.refuse(fault.Code)
	}
	s.mu.Lock()
	s.clientClosed = true
	answer := s.serverClosed
	s.mu.Unlock()
	s.closed(code, reason)
	close(s.answered)
	s.gone()
	if answer {
		return s.stop(wsh.ErrBadOperation)
	}
	code, reason, err = s.passive(code, reason)
	if errors.Is(err, wsh.ErrAborted) {
		s.end()
		return s.stop(err)
	}
	if err != nil {
		code, reason = wsh.StatusInternalEndpointError, ""
	} else {
		err = io.EOF
	}
	if lost := s.lock(); lost != nil {
		return s.stop(lost)
	}
	defer func() { <-s.sending }()
	if lost := s.sayClose(code, reason, false); lost != nil {
		return s.stop(lost)
	}
	return s.stop(err)
}

// watch does what a host does while no receive is pending: it answers pings that no data frame
// stands before, and cancels the request's context when the client is gone.
func (s *stream) watch() {
	for {
		gone := false
		changed, closed := s.in.peek(func(buf []byte) int {
			f, n, err := parseFrame(buf, protocol.Receiver{})
			if n == 0 || err != nil {
				return 0
			}
			switch f.Opcode {
			case wsh.OpcodeClose:
				gone = true
			case wsh.OpcodePing, wsh.OpcodePong:
				if s.hook(f.Opcode) == nil {
					s.ping(f, nil)
					return n
				}
			}
			return 0
		})
		if gone || closed {
			s.gone()
			return
		}
		select {
		case <-changed:
		case <-s.ended:
			return
		}
	}
}

// closeIsNext reports whether the next frame is the client's Close.
func (s *stream) closeIsNext() (next bool) {
	s.in.peek(func(buf []byte) int {
		f, n, err := parseFrame(buf, protocol.Receiver{})
		next = err == nil && n > 0 && f.Opcode == wsh.OpcodeClose
		return 0
	})
	return next
}
