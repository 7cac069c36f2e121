// Package session is one WebSocket from its admitted handshake to its end: the one place that calls
// hooks, and what their errors come to. It needs neither listener nor server, so that a session can be run
// by another process than the one that accepted its connection.
package session

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// Config is what a session is run by. Handler and Owner must be set; of the others zero values work.
type Config struct {
	ID      string // unique among all connections
	Path    string // as it was asked for, for log and metrics
	Handler *wsh.Handler
	HTTPS   bool // the client came by TLS
	Rooms   wsh.Rooms
	Render  *wsh.Renderer // of the handler's version, for all its sessions; nil: it renders nothing
	Stream  stream.Config // its Hit and Seen are the session's to set
	Owner   *Owner        // shared by sessions

	// Expires is when the connection is closed with 4401, since its client's token ends, unless Renew has taken
	// another: then it is as late as that says. Zero: it does not end so, and Renew is nil.
	Expires time.Time
	Renew   func(token string) (*wsh.User, time.Time, error)

	Context     context.Context // ends when the host goes down; nil: never
	Log         *slog.Logger    // nil: nothing is logged
	WriteBuffer int             // bytes that may wait in the handler's MessageSenders; 0: 1 MiB
	FlushTime   time.Duration   // for what was published to a connection that is to be closed; 0: 2s
}

// Session is one connection. Make one with New, and run it with Run.
type Session struct {
	info  Info                   // a handler can change its request, so this is noted first
	name  atomic.Pointer[string] // what the handshake hook called its client; nil: it has not ended
	h     *wsh.Handler
	r     *wsh.Request
	conn  *stream.Conn
	owner *Owner
	to    slog.Handler // what log writes to
	log   *slog.Logger

	expiry    *expiry // nil: it does not end with a token
	flushTime time.Duration
	gone      context.CancelFunc // ends the request's context
	leave     func(until time.Time)
	end       func()

	dropped  atomic.Bool // Abort was called
	err      error       // what the last hook came to
	accepted bool        // the 101 has been sent

	closing sync.Mutex // held while the closing hook runs, which another goroutine's receive may call
	passive error      // what that came to: the handler may have swallowed it
}

// Info is what a session is known by.
type Info struct {
	ID, Resource, Script, RemoteAddr string // Resource is the path
	Version                          int    // of the script
	User                             string // "": nobody was asked
	Name                             string // that the handshake hook gave the request
	Since                            time.Time
}

// New makes a session of a connection whose opening handshake has been read and admitted, and is to be
// answered: r is that handshake, and read what has been read of nc after it. Either Run or Discard must
// be called, and ends nc.
func New(nc net.Conn, read []byte, r *wsh.Request, c Config) *Session {
	if c.Context == nil {
		c.Context = context.Background()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.FlushTime == 0 {
		c.FlushTime = 2 * time.Second
	}
	s := &Session{h: c.Handler, r: r, owner: c.Owner, to: c.Log.Handler(), flushTime: c.FlushTime,
		info: Info{ID: c.ID, Resource: c.Path, Script: c.Handler.Script, RemoteAddr: r.RemoteAddr, Version: c.Handler.Version, Since: time.Now()}}
	if r.User != nil {
		s.info.User = r.User.Name
	}
	s.log = slog.New(logHandler{s})
	c.Stream.Hit = c.Owner.Hit
	if s.log.Enabled(c.Context, slog.LevelDebug) {
		c.Stream.Seen = s.seen
	}
	s.conn = stream.New(nc, read, c.Stream)
	var ctx context.Context
	ctx, s.gone = context.WithCancel(c.Context)
	s.conn.Gone, s.conn.Passive, s.conn.Answered = s.gone, s.passiveClosing, s.noteClose
	s.conn.ReadInBackground()
	s.expiry = s.newExpiry(c)
	s.leave, s.end = wsh.Attach(r, wsh.Link{
		ID: c.ID, HTTPS: c.HTTPS, Context: ctx, Cancel: s.gone, Log: s.log, Stream: s.conn, Rooms: c.Rooms,
		Render: c.Render, WriteBuffer: c.WriteBuffer, Renew: s.expiry.renewal(r),
	})
	return s
}

// Run runs the session until its connection has ended. It calls Owner.Ended last.
//
// Everything after the hooks is deferred: a hook that calls runtime.Goexit runs nothing else.
func (s *Session) Run() {
	defer s.owner.ended(s)
	defer s.gone()
	defer s.expiry.stop()
	defer s.end()
	defer s.finish()
	s.hook("DoExtraHandshake", &s.err, func() error { return s.h.DoExtraHandshake(s.r) })
	if !s.accept() {
		return
	}
	s.hook("TransferData", &s.err, func() error { return s.h.TransferData(s.r) })
}

// Discard ends the connection of a session that is not run.
func (s *Session) Discard() {
	s.expiry.stop()
	s.conn.Abort()
	s.gone()
	s.end()
}

// Info may be called at any time.
func (s *Session) Info() Info {
	info := s.info
	if name := s.name.Load(); name != nil {
		info.Name = *name
	}
	return info
}

// Handler is the version whose hooks it calls.
func (s *Session) Handler() *wsh.Handler { return s.h }

// Stats may be called at any time.
func (s *Session) Stats() stream.Stats { return s.conn.Stats() }

// Accepted reports, when the session has ended, whether it began: the 101 was sent.
func (s *Session) Accepted() bool { return s.accepted }

// Opened reports whether the handshake has been accepted.
func (s *Session) Opened() bool { return s.conn.Opened() }

// Flush leaves the handler's rooms when what was published there has been sent, or Config.FlushTime has
// passed.
func (s *Session) Flush() { s.leave(time.Now().Add(s.flushTime)) }

// Fail closes the connection from outside, with a Close frame if one can still go out. It does not wait.
func (s *Session) Fail(code wsh.StatusCode, reason string) { s.conn.Fail(code, reason) }

// Abort ends TCP: what was written still arrives, but nothing more is written.
func (s *Session) Abort() {
	s.dropped.Store(true)
	s.conn.Abort()
}
