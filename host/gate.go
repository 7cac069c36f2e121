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
	at        time.Time // when it came, or began to wait for another request
	conn      net.Conn  // below TLS
	peer      string    // the host at the other end
	guest     *limit.Guest
	active    bool        // something has been read of a request
	requested atomic.Bool // its head has come, or that of the one before if there is nothing yet

	unhurry   func() bool // ends what hurries the body of its request at a stop; nil: there is none
	hijacked  atomic.Bool
	websocket atomic.Bool // it is counted as a WebSocket now
}

type arrivalKey struct{}

// arrivalOf is the connection that a request came on; nil: it did not come by Serve.
func arrivalOf(q *http.Request) *arrival {
	a, _ := q.Context().Value(arrivalKey{}).(*arrival)
	return a
}

// admitConnection counts a connection that was accepted, and reports whether it is to be served. Where it is not
// there are too many, and not even room to say so.
func (s *Server) admitConnection(nc net.Conn) bool {
	c, now := s.config.Load(), time.Now()
	guest, no := s.gate.Enter(s.clientOf(nc, c), c.Bounds, now, func() { bare(nc).Close() })
	if guest == nil {
		bare(nc).Close()
		s.limits.Add(no.Limit)
		s.countRefusal(slog.LevelWarn, c.Log.With("remote", peerOf(nc).String(), "hint", hintOf("limits."+no.Limit, no)), excessText(no))
		return false
	}
	s.arrivals.Store(nc, &arrival{at: now, conn: bare(nc), peer: door.HostName(peerOf(nc).String()), guest: guest})
	return true
}

// clientOf is the client at the other end of a connection. It is not valid for a trusted proxy, whose
// requests name their clients, and for a unix socket.
func (s *Server) clientOf(nc net.Conn, c *Config) netip.Prefix {
	peer := peerOf(nc)
	if peer == nil || c.Proxies.Trusts(peer) {
		return netip.Prefix{}
	}
	return limit.Client(peer.String())
}

// bare is the connection below TLS. Closing it does not wait to send a TLS alert.
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

// noteRequest notes that a request's head has come.
func noteRequest(q *http.Request) {
	if a := arrivalOf(q); a != nil {
		a.requested.Store(true)
	}
}

// withinConnectionLimits counts the connection of a request for the client that a proxy names in it, and
// answers the request if that client, or everybody, has too many. end is to be called after the request.
func (s *Server) withinConnectionLimits(w http.ResponseWriter, q *http.Request, c *Config, t target) (end func(), ok bool) {
	a := arrivalOf(q)
	if a == nil {
		return func() {}, true
	}
	no := a.guest.Excess
	if no == nil && door.HostName(q.RemoteAddr) != a.peer {
		no = a.guest.Name(limit.Client(q.RemoteAddr), c.Bounds, time.Now())
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
	if a := arrivalOf(q); q.ProtoMajor == 2 && (a == nil || a.guest.Excess == nil) {
		return
	}
	w.Header().Set("Connection", "close")
	if a := arrivalOf(q); a != nil {
		a.guest.Refused()
	}
}

// servedBody notes that net/http is done with the body of the request, too.
func (a *arrival) servedBody() {
	if a.unhurry != nil {
		a.unhurry()
		a.unhurry = nil
	}
}

// served notes that a request has been served. A connection that a ServeHTTP has hijacked is not counted any
// more.
func (a *arrival) served() {
	switch {
	case !a.hijacked.Load():
		a.guest.Unname()
	case !a.websocket.Load():
		a.guest.Leave()
	}
}

// state is http.Server's ConnState, called by the goroutine that serves nc. net/http tells of a connection that
// it is active when it has read a request's head, or as much as came of it.
func (s *Server) state(nc net.Conn, to http.ConnState) {
	v, ok := s.arrivals.Load(nc)
	if !ok {
		return
	}
	a := v.(*arrival)
	switch to {
	case http.StateActive:
		a.active = true
		a.requested.Store(false)
		a.guest.Busy()
	case http.StateIdle:
		_ = nc.SetWriteDeadline(time.Time{}) // of the last request; the next has time of its own
		a.at = time.Now()
		a.requested.Store(true) // by net/http itself, such as OPTIONS *
		a.guest.Idle(a.at)
		a.servedBody()
	case http.StateHijacked:
		s.arrivals.Delete(nc)
		a.hijacked.Store(true)
		a.guest.Opened()
		a.servedBody()
	case http.StateClosed:
		s.arrivals.Delete(nc)
		a.guest.Leave()
		a.servedBody()
		if !a.requested.Load() {
			s.reportUnserved(a, nc)
		}
	}
}
