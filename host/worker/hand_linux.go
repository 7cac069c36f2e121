package worker

import (
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"wshd/host/session"
	"wshd/host/stream"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// remote is a session in a handler's process, as its host sees it. It implements session.Connection.
type remote struct {
	run  *run
	n    uint64
	c    session.Config
	info session.Info
	fd   int // the connection's, in this process: kept for when the other dies

	stats    atomic.Pointer[stream.Stats]
	opened   atomic.Bool
	accepted bool

	once sync.Once // it ends once

	mu      sync.Mutex
	handed  bool      // the process has it
	pending []*writer // datagrams to send once it is handed over
}

// Hand gives a connection to the process.
func (p *Process) Hand(nc net.Conn, read []byte, r *wsh.Request, c session.Config) (session.Connection, func(), func(), error) {
	now := p.running()
	if now == nil {
		return nil, nil, nil, errDown
	}
	s := &remote{run: now, c: c, info: session.Info{ID: c.ID, Resource: c.Path, Script: c.Handler.Script, RemoteAddr: r.RemoteAddr,
		Version: c.Handler.Version, Since: time.Now()}}
	if r.User != nil {
		s.info.User = r.User.Name
	}
	s.stats.Store(&stream.Stats{CloseCode: wsh.StatusAbnormalClosure})
	open, err := s.message(read, r)
	if err != nil {
		return nil, nil, nil, err
	}
	nc, err = plain(nc)
	if err != nil {
		return nil, nil, nil, err
	}
	if s.fd, err = duplicate(nc.(syscall.Conn)); err != nil {
		return nil, nil, nil, err
	}
	now.mu.Lock()
	now.serial++
	s.n = now.serial
	now.mu.Unlock()
	begin := func() {
		defer nc.Close() // the process has its own, and we ours
		now.mu.Lock()
		gone := now.sessions == nil
		if !gone {
			now.sessions[s.n] = s
		}
		now.mu.Unlock()
		if gone || s.begin(open) != nil {
			s.orphaned()
		}
	}
	discard := func() {
		nc.Close()
		syscall.Close(s.fd)
	}
	return s, begin, discard, nil
}

// begin hands the connection over, and then sends what was to be sent meanwhile.
func (s *remote) begin(open *writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handed = true
	err := s.run.control.send(&writer{append(write(kindOpen).num(s.n).b, open.b...)}, s.fd, handWait)
	for _, m := range s.pending {
		err = errors.Join(err, s.run.control.send(m, -1, handWait))
	}
	s.pending = nil
	return err
}

// send sends the process a datagram about the connection, after the one that hands it over. It reports no
// error: a process that has gone ends the session by itself, see orphaned.
func (s *remote) send(m *writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.handed {
		s.pending = append(s.pending, m)
		return
	}
	_ = s.run.control.send(m, -1, handWait)
}

// message is what follows the number in the datagram that hands the connection over.
func (s *remote) message(read []byte, r *wsh.Request) (*writer, error) {
	bounds := s.c.Stream
	bounds.Scheduler, bounds.Hit, bounds.Seen = nil, nil, nil
	text, err := json.Marshal(bounds)
	if err != nil {
		return nil, err
	}
	w := (&writer{}).text(s.c.ID).text(s.c.Path).yes(s.c.HTTPS).num(uint64(s.c.Handler.Version)).num(expiry(s.c.Expires)).text(string(text)).text(string(read))
	appendRequest(w, r)
	if len(w.b) > maxDatagram-64 {
		return nil, errors.New("the opening handshake is too large to be handed over")
	}
	return w, nil
}

// plain is a connection whose descriptor can be handed over: nc itself, or the end of a pair whose bytes are
// carried here, where TLS's keys are.
func plain(nc net.Conn) (net.Conn, error) {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		return nc, nil
	}
	here, there, err := pipe()
	if err != nil {
		return nil, err
	}
	defer there.Close()
	c, err := net.FileConn(there)
	if err != nil {
		here.Close()
		return nil, err
	}
	go pump(nc, here, func() {})
	return c, nil
}

// handle acts on what the process sends about this session.
func (s *remote) handle(k kind, m *reader) {
	o := s.c.Owner
	switch k {
	case kindAnswered:
		answer := m.text()
		s.opened.Store(answer == "101")
		if o.Answered != nil {
			o.Answered(s, answer)
		}
	case kindReturned:
		hook, took := m.text(), time.Duration(m.num())
		if o.Returned != nil {
			o.Returned(s, hook, took)
		}
	case kindFailed:
		hook, text := m.text(), m.text()
		if o.Failed != nil {
			o.Failed(s, hook, errors.New(text))
		}
	case kindRenew:
		go s.renew(m.num(), m.text())
	case kindEnded:
		s.accepted = m.yes()
		stats := readStats(m)
		s.stats.Store(&stats)
		s.end(nil)
	}
}

// renew tells the process what a token is worth.
func (s *remote) renew(number uint64, token string) {
	v := worth{err: wsh.ErrBadOperation}
	if s.c.Renew != nil {
		v.user, v.ends, v.err = s.c.Renew(token)
	}
	s.send(write(kindRenewed).num(s.n).num(number).worth(v))
}

// orphaned ends a session whose process has died: with 1011, as far as no frame is half out, or before the
// 101 with 503.
func (s *remote) orphaned() {
	if s.opened.Load() {
		s.accepted = true
		stats := *s.stats.Load()
		stats.CloseCode = wsh.StatusInternalEndpointError
		s.stats.Store(&stats)
		s.end(wsh.CloseFrame(wsh.StatusInternalEndpointError, ""))
		return
	}
	if s.c.Owner.Answered != nil {
		s.c.Owner.Answered(s, "503")
	}
	no := protocol.Refusal{Status: 503, Reason: "the handler's process has ended"}
	s.end(no.Append(nil))
}

// end writes what is left to say, and ends TCP.
func (s *remote) end(last []byte) {
	s.once.Do(func() {
		s.run.mu.Lock()
		delete(s.run.sessions, s.n)
		s.run.mu.Unlock()
		if last != nil {
			_, _ = syscall.Write(s.fd, last) // without waiting: a client whose socket is full gets no Close frame
			_ = syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
		}
		syscall.Close(s.fd)
		if s.c.Owner.Ended != nil {
			s.c.Owner.Ended(s)
		}
	})
}

// Info, Handler, Stats, Opened and Accepted implement session.Connection. Stats are of a second ago.
func (s *remote) Info() session.Info    { return s.info }
func (s *remote) Handler() *wsh.Handler { return s.c.Handler }
func (s *remote) Stats() stream.Stats   { return *s.stats.Load() }
func (s *remote) Opened() bool          { return s.opened.Load() }
func (s *remote) Accepted() bool        { return s.accepted }

// Flush implements session.Connection: it is done with Fail, there.
func (s *remote) Flush() {}

// Fail implements session.Connection.
func (s *remote) Fail(code wsh.StatusCode, reason string) {
	s.send(write(kindFlushAndFail).num(s.n).num(uint64(code)).text(strings.ToValidUTF8(reason, "")))
}

// Abort implements session.Connection.
func (s *remote) Abort() { s.send(write(kindAbort).num(s.n)) }

var _ session.Process = (*Process)(nil)
