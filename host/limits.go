package host

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"wshd/host/door"
	"wshd/host/limit"
)

// mayAsk holds a request to the bounds that are looked at before anything costly is done for it, such
// as comparing its password.
func (s *Server) mayAsk(w http.ResponseWriter, q *http.Request, c *Config, t target) bool {
	if headSize(q) > s.headerSize {
		s.limits.Add(limit.HeaderSize)
		s.turnAway(w, q, c, t, &door.Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "headers too large",
			Text: "the request's headers are too large", Hint: "limits.header_size bounds them"})
		return false
	}
	if text := tooMany(q.Header); text != "" {
		s.limits.Add(limit.HeaderSize)
		s.turnAway(w, q, c, t, &door.Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "too many headers", Text: text,
			Hint: text})
		return false
	}
	if !isHandshake(q) {
		return true
	}
	no := s.rates.Allow(limit.Client(q.RemoteAddr), c.HandshakesPerSecond, time.Now())
	return no == nil || s.tooMuch(w, q, c, &c.Rules, t, no)
}

// hasPlace counts a connection that is about to be.
func (s *Server) hasPlace(w http.ResponseWriter, q *http.Request, c *Config, v *visit) (limit.Ticket, bool) {
	bounds := []limit.Bounds{c.Bounds}
	if v.rules.Bounds.Group != "" {
		bounds = append(bounds, v.rules.Bounds)
	}
	ticket, no := s.counter.Enter(limit.Client(q.RemoteAddr), bounds...)
	rules := &c.Rules
	if no != nil && no.Group != "" {
		rules = v.rules
	}
	return ticket, no == nil || s.tooMuch(w, q, c, rules, v.target, no)
}

// tooMuch refuses for a limit of some rules.
func (s *Server) tooMuch(w http.ResponseWriter, q *http.Request, c *Config, rules *Rules, t target, no *limit.Excess) bool {
	s.limits.Add(no.Limit)
	text := "too many connections"
	if no.Limit == limit.HandshakesPerSecond {
		text = "too many handshakes"
	}
	if no.Status == http.StatusTooManyRequests {
		text += " from this address"
	}
	key := "limits." + no.Limit
	s.turnAway(w, q, c, t, rules.placed(&door.Refusal{Status: no.Status, Reason: text, Text: text, Hint: key + " bounds them", Key: key,
		Header: http.Header{"Retry-After": {strconv.Itoa(no.RetryAfter)}}}))
	return false
}

// headSize is about what a request's head takes on the wire.
func headSize(q *http.Request) int {
	n := len(q.Method) + len(q.RequestURI) + len(q.Host)
	for name, values := range q.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// arrival is when a connection was accepted. It is in its requests' context, and until it is a
// WebSocket's or has ended in Server.arrivals.
type arrival struct {
	at    time.Time
	asked atomic.Bool // a request's head has come
}

type arrivalKey struct{}

// arrive is http.Server's ConnContext.
func (s *Server) arrive(ctx context.Context, nc net.Conn) context.Context {
	a := &arrival{at: time.Now()}
	s.arrivals.Store(nc, a)
	return context.WithValue(ctx, arrivalKey{}, a)
}

// asked notes that a request's head has come.
func asked(q *http.Request) {
	if a, ok := q.Context().Value(arrivalKey{}).(*arrival); ok {
		a.asked.Store(true)
	}
}

// state is http.Server's ConnState. It tells of connections that ran out of time, which nobody else does.
func (s *Server) state(nc net.Conn, to http.ConnState) {
	if to == http.StateIdle {
		_ = nc.SetWriteDeadline(time.Time{}) // of the last request; the next has time of its own
	}
	if to != http.StateHijacked && to != http.StateClosed {
		return
	}
	v, ok := s.arrivals.LoadAndDelete(nc)
	if !ok || to == http.StateHijacked {
		return
	}
	if a := v.(*arrival); !a.asked.Load() && time.Since(a.at) >= s.http.ReadHeaderTimeout {
		s.limits.Add(limit.HandshakeTimeout)
		s.turnedAway(slog.LevelWarn, s.config.Load().Log.With("remote", nc.RemoteAddr().String(),
			"hint", "limits.handshake_timeout bounds the time for it"), "no request in time")
	}
}
