package host

import (
	"slices"
	"strings"

	"wshd/host/session"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// Session is one WebSocket connection, as it stands.
type Session struct {
	session.Info
	stream.Stats
}

// Totals count since the Server was made. Messages and bytes are payload, both ways, of connections
// that are open and of those that have ended.
type Totals struct {
	Open, Ended                                int64
	MessagesIn, MessagesOut, BytesIn, BytesOut int64
}

func (t *Totals) add(n stream.Stats) {
	t.MessagesIn += n.MessagesIn
	t.MessagesOut += n.MessagesOut
	t.BytesIn += n.BytesIn
	t.BytesOut += n.BytesOut
}

// all lists the sessions.
func (s *Server) all() []session.Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]session.Connection, 0, len(s.sessions))
	for x := range s.sessions {
		list = append(list, x)
	}
	return list
}

// Sessions lists the connections, the oldest first.
func (s *Server) Sessions() []Session {
	var list []Session
	for _, x := range s.all() {
		list = append(list, Session{x.Info(), x.Stats()})
	}
	slices.SortFunc(list, func(a, b Session) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// CloseSession closes a connection with 1001, and reports whether there is one of that name.
func (s *Server) CloseSession(id string) bool {
	for _, x := range s.all() {
		if x.Info().ID == id {
			x.Fail(wsh.StatusGoingAway, "closed by an administrator")
			return true
		}
	}
	return false
}

// Totals counts.
func (s *Server) Totals() Totals {
	s.mu.Lock() // else one that ends meanwhile would count twice, or not at all
	defer s.mu.Unlock()
	t := s.past
	t.Open = int64(len(s.sessions))
	for x := range s.sessions {
		t.add(x.Stats())
	}
	return t
}
