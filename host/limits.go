package host

import (
	"net/http"
	"strconv"
	"time"

	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/tunnel"
)

// withinRequestLimits holds a request to the bounds that are looked at before anything costly is done for
// it, such as comparing its password. Otherwise it answers the request.
func (s *Server) withinRequestLimits(w http.ResponseWriter, q *http.Request, c *Config, t target) bool {
	if headSize(q) > s.headerSize {
		s.limits.Add(limit.HeaderSize)
		s.refuse(w, q, c, t, &door.Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "headers too large",
			Text: "the request's headers are too large", Hint: "limits.header_size bounds them"})
		return false
	}
	if text := tooMany(q.Header); text != "" {
		s.limits.Add(limit.HeaderSize)
		s.refuse(w, q, c, t, &door.Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "too many headers", Text: text,
			Hint: text})
		return false
	}
	if !isHandshake(q) {
		return true
	}
	if no := s.rates.Allow(limit.Client(q.RemoteAddr), c.HandshakesPerSecond, time.Now()); no != nil {
		s.refuseForLimit(w, q, c, &c.Rules, t, no)
		return false
	}
	return true
}

// takePlace counts a WebSocket connection that is about to be, where its path has bounds of its own, or
// answers the request. The bounds of all connections hold from when they are accepted: see admitConnection.
func (s *Server) takePlace(w http.ResponseWriter, q *http.Request, c *Config, v *visit) (limit.Ticket, bool) {
	var bounds []limit.Bounds
	whose := map[string]*Rules{}
	for _, rules := range v.all() {
		if g := rules.Bounds.Group; g != "" && whose[g] == nil {
			whose[g], bounds = rules, append(bounds, rules.Bounds)
		}
	}
	ticket, no := s.counter.Add(limit.Client(q.RemoteAddr), bounds...)
	if no != nil {
		closeAfterAnswer(w, q)
		s.refuseForLimit(w, q, c, whose[no.Group], v.target, no)
		return ticket, false
	}
	a := acceptedConnOf(q)
	switch {
	case a == nil:
	case tunnel.Wanted(q):
		return s.takeStream(w, q, c, v, ticket)
	default:
		a.websocket.Store(true)
		ticket.Connection = a.counted
	}
	return ticket, true
}

// takeStream counts a WebSocket of HTTP/2 as a connection of its own, beside the one that carries it.
func (s *Server) takeStream(w http.ResponseWriter, q *http.Request, c *Config, v *visit, ticket limit.Ticket) (limit.Ticket, bool) {
	counted, no := s.accepted.Add(limit.Client(q.RemoteAddr), c.Bounds, time.Now(), func() {})
	if no != nil {
		if counted != nil {
			counted.Release() // the answer takes no connection
		}
		ticket.Release()
		s.refuseForLimit(w, q, c, &c.Rules, v.target, no)
		return ticket, false
	}
	counted.Upgraded()
	ticket.Connection = counted
	return ticket, true
}

// refuseForLimit refuses a request, and counts the limit that it has met. rules are those that set it.
func (s *Server) refuseForLimit(w http.ResponseWriter, q *http.Request, c *Config, rules *Rules, t target, no *limit.Excess) {
	s.limits.Add(no.Limit)
	text := excessText(no)
	key := "limits." + no.Limit
	if no.Limit == limit.Programs {
		key = no.Limit
	}
	s.refuse(w, q, c, t, rules.withPlace(&door.Refusal{Status: no.Status, Reason: text, Text: text, Hint: hintOf(key, no), Key: key,
		Header: http.Header{"Retry-After": {strconv.Itoa(no.RetryAfter)}}}))
}

// hintOf says what bounds them.
func hintOf(key string, no *limit.Excess) string {
	if no.Plain {
		return "limits.connections bounds them, and the descriptors that there are (ulimit -n): half of it may be one client's that are no WebSockets"
	}
	return key + " bounds them"
}

// excessText says what there is too much of.
func excessText(no *limit.Excess) string {
	text := "too many connections"
	if no.Limit == limit.HandshakesPerSecond {
		text = "too many handshakes"
	}
	if no.Limit == limit.Programs {
		text = "too many programs"
	}
	if no.Status == http.StatusTooManyRequests {
		text += " from this address"
	}
	return text
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
