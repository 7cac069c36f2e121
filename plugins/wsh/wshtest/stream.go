package wshtest

import (
	"cmp"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// stream is the handler's end of a connection in memory: a wsh.Stream.
type stream struct {
	in, out  *pipe         // from the client, to it
	patience time.Duration // how long Close waits for the client
	gone     func()        // cancels the request's context; may be called again

	// passive is the handler's PassiveClosingHandshake, with what the client closed with.
	passive func(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error)
	// closed is told what the client's Close frame said, be it the first or an answer.
	closed func(code wsh.StatusCode, reason string)

	open    chan struct{} // closed once the 101 is answered
	ended   chan struct{} // closed at the end of TCP
	endOnce sync.Once

	receiving chan struct{} // a token: who receives
	sending   chan struct{} // a token: who sends
	answered  chan struct{} // closed once a Close frame has come
	coming    assembly      // with the receiving token

	begun    bool          // a message has been begun by SendFragment; with the sending token
	finished chan struct{} // closed when that message has ended

	mu           sync.Mutex
	onPing       func([]byte)
	onPong       func([]byte)
	clientClosed bool
	serverClosed bool
	own          bool // the handler closed first
	uncompressed bool
	over         error // what Receive returns from now on
}

func newStream(window int, patience time.Duration) *stream {
	return &stream{
		in: newPipe(0), out: newPipe(window), patience: patience,
		open: make(chan struct{}), ended: make(chan struct{}), answered: make(chan struct{}),
		receiving: make(chan struct{}, 1), sending: make(chan struct{}, 1),
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// end is the end of TCP. What the handler has sent can still be read.
func (s *stream) end() {
	s.endOnce.Do(func() {
		close(s.ended)
		s.in.drop()
		s.out.close()
		s.gone()
	})
}

// sendable says whether a frame may be sent now.
func (s *stream) sendable() error {
	if !isClosed(s.open) {
		return wsh.ErrBadOperation
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.serverClosed && s.own:
		return wsh.ErrBadOperation
	case s.serverClosed, isClosed(s.ended):
		return wsh.ErrClosed
	}
	return nil
}

// lock takes the sending token.
func (s *stream) lock() error {
	select {
	case s.sending <- struct{}{}:
		return nil
	case <-s.ended:
		return wsh.ErrClosed
	}
}

func (s *stream) Send(m wsh.Message, wait bool) error {
	if err := s.beginMessage(wait); err != nil {
		return err
	}
	defer func() { <-s.sending }()
	return s.send(m, true)
}

func (s *stream) SendFragment(m wsh.Message, end bool) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer func() { <-s.sending }()
	return s.send(m, end)
}

// beginMessage takes the sending token when no message begun by SendFragment is open. Without wait one that is
// is an error.
func (s *stream) beginMessage(wait bool) error {
	for {
		if err := s.lock(); err != nil {
			return err
		}
		err := s.sendable()
		if err == nil && !s.begun {
			return nil
		}
		finished := s.finished
		<-s.sending
		switch {
		case err != nil:
			return err
		case !wait:
			return fmt.Errorf("%w: a message begun by SendFragment is open: SendFragment(m, true) ends it", wsh.ErrBadOperation)
		}
		select {
		case <-finished:
		case <-s.ended:
			return wsh.ErrClosed
		}
	}
}

// send sends a frame. The sending token is held.
func (s *stream) send(m wsh.Message, end bool) error {
	if err := s.sendable(); err != nil {
		return err
	}
	if end && !s.begun && !m.Binary && !utf8.Valid(m.Data) {
		return wsh.ErrBadOperation
	}
	h := wsh.FrameHeader{Fin: end, Opcode: wsh.OpcodeText}
	switch {
	case s.begun:
		h.Opcode = wsh.OpcodeContinuation
	case m.Binary:
		h.Opcode = wsh.OpcodeBinary
	}
	if err := s.out.write(wsh.Frame(h, m.Data), false); err != nil {
		return err
	}
	switch {
	case !s.begun && !end:
		s.begun, s.finished = true, make(chan struct{})
	case s.begun && end:
		s.begun = false
		close(s.finished)
	}
	return nil
}

func (s *stream) Deliver(m *wsh.Outgoing, _ bool) error {
	select {
	case <-s.open:
	case <-s.ended:
		return wsh.ErrClosed
	}
	if s.beginMessage(true) != nil {
		return wsh.ErrClosed
	}
	defer func() { <-s.sending }()
	return s.out.write(m.Frame, false)
}

func (s *stream) Ahead() bool { return false }

func (s *stream) SendPing(body []byte) error {
	if err := s.sendable(); err != nil {
		return err
	}
	if len(body) > protocol.MaxControl {
		return wsh.ErrBadOperation
	}
	return s.out.write(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePing}, body), true)
}

func (s *stream) OnPing(f func([]byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onPing = f
}

func (s *stream) OnPong(f func([]byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onPong = f
}

// sayClose sends a Close frame, unless one has been sent. The sending token must be held.
func (s *stream) sayClose(code wsh.StatusCode, reason string, own bool) error {
	s.mu.Lock()
	said := s.serverClosed
	s.serverClosed = true
	s.own = s.own || own && !said
	s.mu.Unlock()
	if said {
		return nil
	}
	return s.out.write(wsh.CloseFrame(protocol.CloseToSend(code, reason)), true)
}

func (s *stream) Close(code wsh.StatusCode, reason string, wait bool) error {
	if !isClosed(s.open) {
		return wsh.ErrBadOperation
	}
	if err := s.lock(); err != nil {
		return err
	}
	err := s.sayClose(code, reason, true)
	<-s.sending
	wrong := protocol.CheckClose(code, reason)
	if err != nil || !wait {
		return cmp.Or(err, wrong)
	}
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case <-s.answered: // whoever received it, maybe a Receive in another goroutine
		return wrong
	case s.receiving <- struct{}{}:
	case <-timer.C:
		return wsh.ErrClosed
	}
	defer func() { <-s.receiving }()
	for !isClosed(s.answered) {
		if _, _, err := s.step(timer.C); err != nil && !isClosed(s.answered) {
			return wsh.ErrClosed
		}
	}
	return wrong
}

func (s *stream) Fail(code wsh.StatusCode, reason string) {
	select {
	case s.sending <- struct{}{}:
		if isClosed(s.open) {
			_ = s.sayClose(code, reason, false) // the client may be gone
		}
		<-s.sending
	default: // a send is stuck: there is no room for a Close frame
	}
	s.end()
}

func (s *stream) ClientClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clientClosed
}

func (s *stream) ServerClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serverClosed
}

func (s *stream) DisableCompression() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uncompressed = true
}

func (s *stream) WriteRaw(p []byte) error { return s.out.write(p, false) }

func (s *stream) ReadRaw(n int) ([]byte, error) { return s.in.raw(nil, n) }
