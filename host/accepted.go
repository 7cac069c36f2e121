package host

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"wshd/host/door"
	"wshd/host/limit"
)

// acceptedConn is a connection that was accepted. It is in the context of its requests, and in Server.conns
// until it is a WebSocket or has ended.
type acceptedConn struct {
	at        time.Time // when it was accepted, or began to wait for another request
	conn      net.Conn  // below TLS
	peer      string    // the peer's host
	counted   *limit.Connection
	active    bool        // net/http has read something of a request
	requested atomic.Bool // a whole head has been read, of this request or, if nothing of it has been read yet, of the one before

	keepBody  func() bool // keeps a stop of the host from ending the time for the request's body; nil: nothing to undo
	hijacked  atomic.Bool
	websocket atomic.Bool // it is counted as a WebSocket now
}

type acceptedConnKey struct{}

// acceptedConnOf is the connection of a request; nil: the request did not come by Serve.
func acceptedConnOf(q *http.Request) *acceptedConn {
	a, _ := q.Context().Value(acceptedConnKey{}).(*acceptedConn)
	return a
}

// admitConnection counts a connection that was accepted, and reports whether it is to be served. If not it has
// been closed: there are too many, and too many that are being refused with an answer.
func (s *Server) admitConnection(nc net.Conn) bool {
	c, now := s.config.Load(), time.Now()
	counted, no := s.accepted.Add(s.clientOf(nc, c), c.Bounds, now, func() { bare(nc).Close() })
	if counted == nil {
		bare(nc).Close()
		s.limits.Add(no.Limit)
		s.countRefusal(slog.LevelWarn, c.Log.With("remote", peerOf(nc).String(), "hint", hintOf("limits."+no.Limit, no)), excessText(no))
		return false
	}
	s.conns.Store(nc, &acceptedConn{at: now, conn: bare(nc), peer: door.HostName(peerOf(nc).String()), counted: counted})
	return true
}

// clientOf is the client of a connection. It is not valid for a trusted proxy, whose requests name their
// clients, nor for a unix socket.
func (s *Server) clientOf(nc net.Conn, c *Config) netip.Prefix {
	peer := peerOf(nc)
	if peer == nil || c.Proxies.Trusts(peer) {
		return netip.Prefix{}
	}
	return limit.Client(peer.String())
}

// bare is the connection under TLS. Closing that does not wait for a TLS alert to be sent.
func bare(nc net.Conn) net.Conn {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return nc
}

// peerOf is a connection's peer address. It does not wait for a PROXY header that names another.
func peerOf(nc net.Conn) net.Addr {
	nc = bare(nc)
	if p, ok := nc.(interface{ Peer() net.Addr }); ok {
		return p.Peer()
	}
	return nc.RemoteAddr()
}

// connContext is http.Server's ConnContext.
func (s *Server) connContext(ctx context.Context, nc net.Conn) context.Context {
	a, _ := s.conns.Load(nc)
	return context.WithValue(ctx, acceptedConnKey{}, a)
}

// noteRequest notes that a request's head has come.
func noteRequest(q *http.Request) {
	if a := acceptedConnOf(q); a != nil {
		a.requested.Store(true)
	}
}

// withinConnectionLimits counts a request's connection for the client that a proxy names in it, and refuses the
// request if there are too many connections, of that client or in all. end is to be called after the request.
func (s *Server) withinConnectionLimits(w http.ResponseWriter, q *http.Request, c *Config, t target) (end func(), ok bool) {
	a := acceptedConnOf(q)
	if a == nil {
		return func() {}, true
	}
	no := a.counted.Excess
	if no == nil && door.HostName(q.RemoteAddr) != a.peer {
		no = a.counted.SetClient(limit.Client(q.RemoteAddr), c.Bounds, time.Now())
	}
	if no != nil {
		closeAfterAnswer(w, q)
		s.refuseForLimit(w, q, c, &c.Rules, t, no)
		return func() {}, false
	}
	return a.served, true
}

// closeAfterAnswer has a connection end with the answer that is about to be written, but in HTTP/2 only one that is
// over a bound itself: others have streams on it.
func closeAfterAnswer(w http.ResponseWriter, q *http.Request) {
	if a := acceptedConnOf(q); q.ProtoMajor == 2 && (a == nil || a.counted.Excess == nil) {
		return
	}
	w.Header().Set("Connection", "close")
	if a := acceptedConnOf(q); a != nil {
		a.counted.Refused()
	}
}

// servedBody notes that net/http has read the request's body, or given it up.
func (a *acceptedConn) servedBody() {
	if a.keepBody != nil {
		a.keepBody()
		a.keepBody = nil
	}
}

// served notes that a request has been served. A connection that a ServeHTTP has hijacked no longer counts.
func (a *acceptedConn) served() {
	switch {
	case !a.hijacked.Load():
		a.counted.ClearClient()
	case !a.websocket.Load():
		a.counted.Release()
	}
}

// state is http.Server's ConnState, called by the goroutine that serves nc. A connection becomes active when
// net/http has read a request's head, or as much of it as was sent.
func (s *Server) state(nc net.Conn, to http.ConnState) {
	v, ok := s.conns.Load(nc)
	if !ok {
		return
	}
	a := v.(*acceptedConn)
	switch to {
	case http.StateActive:
		a.active = true
		a.requested.Store(false)
		a.counted.Busy()
	case http.StateIdle:
		_ = nc.SetWriteDeadline(time.Time{}) // that of the last request; the next one gets its own
		a.at = time.Now()
		a.requested.Store(true) // by net/http itself, such as OPTIONS *
		a.counted.Idle(a.at)
		a.servedBody()
	case http.StateHijacked:
		s.conns.Delete(nc)
		a.hijacked.Store(true)
		a.counted.Upgraded()
		a.servedBody()
	case http.StateClosed:
		s.conns.Delete(nc)
		a.counted.Release()
		a.servedBody()
		if !a.requested.Load() {
			s.reportUnserved(a, nc)
		}
	}
}
