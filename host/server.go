package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/session"
	"wshd/host/stream"
	"wshd/host/tunnel"
	"wshd/plugins/wsh"
)

// maxHead is the default of Config.HeaderSize. Browsers stay under 8 KiB; cookies and tokens need the
// rest.
const maxHead = 64 << 10

// Server accepts connections and serves them. Make one with New.
type Server struct {
	config   atomic.Pointer[Config]
	http     *http.Server
	base     context.Context // ends when the host goes down
	cancel   context.CancelFunc
	plain    context.Context // of plain requests; ends when the host has given them a moment to be answered
	dismiss  context.CancelFunc
	closed   func() // undoes wsh.Serve
	refusals door.Tally
	prefix   string // of connection names, so that they differ between hosts

	scheduler  stream.Scheduler // of the clients
	renderers  renderers
	headerSize int
	conns      sync.Map // net.Conn to *acceptedConn
	accepted   limit.Accepted
	counter    limit.Counter
	programs   limit.Counter
	rates      limit.Rates
	limits     limit.Hits // that were met
	owner      session.Owner
	handshakes limit.Hits // by how they were answered
	refusedFor limit.Hits // by reason
	ledger     ledger

	mu        sync.Mutex
	sessions  map[session.Connection]limit.Ticket // with the place that each takes
	past      Totals                              // of those that have ended
	versions  map[*wsh.Life]*version
	listeners []*listener
	down      bool
	spoofed   atomic.Uint64
	idle      sync.WaitGroup // sessions
	serial    atomic.Uint64  // of the last connection
}

// New makes a Server. It fails if the rules are not well-formed.
func New(c Config) (*Server, error) {
	s := &Server{sessions: map[session.Connection]limit.Ticket{}, versions: map[*wsh.Life]*version{}, prefix: randomPrefix()}
	s.base, s.cancel = context.WithCancel(context.Background())
	s.plain, s.dismiss = context.WithCancel(context.Background())
	if err := s.Configure(c); err != nil {
		return nil, err
	}
	c = *s.config.Load()
	s.headerSize, s.owner = c.HeaderSize, s.reports()
	s.closed = func() {}
	if c.Rooms != nil {
		s.closed = wsh.Serve(c.Rooms)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true) // where a listener's TLS offers it
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.dispatch),
		ReadHeaderTimeout: c.HandshakeTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    2 * c.HeaderSize, // for withinRequestLimits to refuse what is in between, and say so
		ConnContext:       s.connContext,
		ConnState:         s.state,
		Protocols:         protocols,
		HTTP2:             tunnel.Bounds(cmp.Or(c.Stream.WriteTimeout, stream.DefaultWriteTimeout)),
		BaseContext:       s.baseContext,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Configure makes c what new requests are served by; connections go on as they began. Rooms,
// HandshakeTimeout and HeaderSize stay those given to New. If c is wrong nothing changes.
func (s *Server) Configure(c Config) error {
	if err := c.Door.Check(); err != nil {
		return err
	}
	for pattern, rules := range c.Paths {
		if err := rules.Door.Check(); err != nil {
			return fmt.Errorf("%s: %w", pattern, err)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Failed == nil {
		c.Failed = func(*wsh.Handler, error) {}
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = 10 * time.Second
	}
	if c.HeaderSize == 0 {
		c.HeaderSize = maxHead
	}
	if c.FlushTime == 0 {
		c.FlushTime = 2 * time.Second
	}
	c.tree = treeOf(c.Paths)
	if old := s.config.Load(); old != nil {
		c.Rooms = old.Rooms
	}
	s.config.Store(&c)
	return nil
}

// Serve accepts connections from l until Shutdown, and then returns nil. It may be called for
// several listeners at once; one that speaks TLS is to be wrapped by the caller. One with a method
// RedirectTo() string that does not return "" only sends its clients on to there.
func (s *Server) Serve(l net.Listener) error {
	d := &listener{Listener: l, log: s.config.Load().Log, admitConnection: s.admitConnection}
	s.mu.Lock()
	s.listeners = append(s.listeners, d)
	down := s.down
	s.mu.Unlock()
	if down {
		return d.Close()
	}
	if err := s.http.Serve(d); !errors.Is(err, http.ErrServerClosed) && !s.Draining() {
		return err
	}
	return nil
}

// Connections is the number of WebSocket connections, those in their handshake included.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// addSession counts x in, unless the host is going down or the handler has just ended.
func (s *Server) addSession(x session.Connection, place limit.Ticket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || !s.addToVersion(x) {
		return false
	}
	s.sessions[x] = place
	s.idle.Add(1)
	return true
}

// reports is what the server does when its sessions report.
func (s *Server) reports() session.Owner {
	return session.Owner{
		Answered: func(_ session.Connection, answer string) { s.handshakes.Add(answer) },
		Refused:  func(log *slog.Logger, reason string) { s.countRefusal(slog.LevelInfo, log, reason) },
		Returned: func(x session.Connection, hook string, took time.Duration) {
			s.ledger.hook(x.Info().Resource, hook, func(m *HookMetrics) { m.took(took) })
		},
		Failed: func(x session.Connection, hook string, err error) {
			s.ledger.hook(x.Info().Resource, hook, func(m *HookMetrics) { m.Errors++ })
			s.config.Load().Failed(x.Handler(), err)
		},
		Hit:   s.limits.Add,
		Ended: s.removeSession,
	}
}

// removeSession counts x out.
func (s *Server) removeSession(x session.Connection) {
	s.mu.Lock()
	place := s.sessions[x]
	delete(s.sessions, x)
	s.past.Ended++
	s.past.add(x.Stats())
	s.addUp(x)
	s.removeFromVersion(x)
	s.mu.Unlock()
	place.Release()
	x.Handler().Life.Release()
	s.idle.Done()
}
