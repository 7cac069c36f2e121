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

// arrival is a connection that was accepted. It is in its requests' context, and until it is a WebSocket's
// or has ended in Server.arrivals.
type arrival struct {
	at    time.Time
	peer  string // the host at the other end
	guest *limit.Guest
	asked atomic.Bool // a request's head has come

	hijacked atomic.Bool
	placed   atomic.Bool // its place is a WebSocket's now
}

type arrivalKey struct{}

// arrivalOf is the connection that a request came on; nil: it did not come by Serve.
func arrivalOf(q *http.Request) *arrival {
	a, _ := q.Context().Value(arrivalKey{}).(*arrival)
	return a
}

// letIn counts a connection that was accepted, and reports whether it is to be served. Where it is not
// there are too many, and not even room to say so.
func (s *Server) letIn(nc net.Conn) bool {
	c, now := s.config.Load(), time.Now()
	guest, no := s.gate.Enter(s.clientOf(nc, c), c.Bounds, now, func() { bare(nc).Close() })
	if guest == nil {
		bare(nc).Close()
		s.limits.Add(no.Limit)
		s.turnedAway(slog.LevelWarn, c.Log.With("remote", peerOf(nc).String(), "hint", "limits."+no.Limit+" bounds them"), excessText(no))
		return false
	}
	s.arrivals.Store(nc, &arrival{at: now, peer: door.HostName(peerOf(nc).String()), guest: guest})
	return true
}

// clientOf is the client at the other end of a connection; not valid: whoever a trusted proxy will name, or
// somebody on a unix socket.
func (s *Server) clientOf(nc net.Conn, c *Config) netip.Prefix {
	peer := peerOf(nc)
	if peer == nil || c.Proxies.Trusts(peer) {
		return netip.Prefix{}
	}
	return limit.Client(peer.String())
}

// bare is what lies below TLS, on which Close does not wait to take leave.
func bare(nc net.Conn) net.Conn {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return nc
}

// peerOf is the address at the other end of a connection, without waiting for a PROXY header that tells
// another.
func peerOf(nc net.Conn) net.Addr {
	nc = bare(nc)
	if p, ok := nc.(interface{ Peer() net.Addr }); ok {
		return p.Peer()
	}
	return nc.RemoteAddr()
}

// arrive is http.Server's ConnContext.
func (s *Server) arrive(ctx context.Context, nc net.Conn) context.Context {
	a, _ := s.arrivals.Load(nc)
	return context.WithValue(ctx, arrivalKey{}, a)
}

// asked notes that a request's head has come.
func asked(q *http.Request) {
	if a := arrivalOf(q); a != nil {
		a.asked.Store(true)
	}
}

// asks answers a request on a connection that is one too many, or of a client that has too many whom a proxy
// names just now. end is to be called after the request.
func (s *Server) asks(w http.ResponseWriter, q *http.Request, c *Config, t target) (end func(), ok bool) {
	a := arrivalOf(q)
	if a == nil {
		return func() {}, true
	}
	no := a.guest.Excess
	if no == nil && door.HostName(q.RemoteAddr) != a.peer {
		no = a.guest.Name(limit.Client(q.RemoteAddr), c.Bounds, time.Now())
	}
	if no != nil {
		lastAnswer(w, q)
		return func() {}, s.tooMuch(w, q, c, &c.Rules, t, no)
	}
	return a.served, true
}

// lastAnswer has a connection end with the answer that is about to be written.
func lastAnswer(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Connection", "close")
	if a := arrivalOf(q); a != nil {
		a.guest.Refused()
	}
}

// served notes that a request has been served. What a handler has hijacked by itself is gone.
func (a *arrival) served() {
	switch {
	case !a.hijacked.Load():
		a.guest.Unname()
	case !a.placed.Load():
		a.guest.Leave()
	}
}

// state is http.Server's ConnState. It tells of connections that ran out of time, which nobody else does.
func (s *Server) state(nc net.Conn, to http.ConnState) {
	v, ok := s.arrivals.Load(nc)
	if !ok {
		return
	}
	a := v.(*arrival)
	switch to {
	case http.StateActive:
		a.guest.Busy()
	case http.StateIdle:
		_ = nc.SetWriteDeadline(time.Time{}) // of the last request; the next has time of its own
		a.guest.Idle(time.Now())
	case http.StateHijacked:
		s.arrivals.Delete(nc)
		a.hijacked.Store(true)
		a.guest.Opened()
	case http.StateClosed:
		s.arrivals.Delete(nc)
		a.guest.Leave()
		if !a.asked.Load() && time.Since(a.at) >= s.http.ReadHeaderTimeout {
			s.limits.Add(limit.HandshakeTimeout)
			s.turnedAway(slog.LevelWarn, s.config.Load().Log.With("remote", nc.RemoteAddr().String(),
				"hint", "limits.handshake_timeout bounds the time for it"), "no request in time")
		}
	}
}
