package host

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"time"

	"wshd/host/door"
	"wshd/host/stream"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/pattern"
)

// What a request asks for and what is finally served may have different paths: an alias and its handler, the
// pattern that a path matches, a program and its PATH_INFO, a folder and its index.html, a link and where it leads. The rules of both hold.

// entry is a request that the rules of its own path have let in.
type entry struct {
	rules   *Rules
	also    []*Rules // of what is served, where they are others
	offered []string // Sec-WebSocket-Protocol, before a token was taken out of it
	user    *wsh.User
}

// admit lets a request in by the rules of its path, or answers it. They cover files and CGI too.
func (s *Server) admit(w http.ResponseWriter, q *http.Request, c *Config, t target) (*entry, bool) {
	e := &entry{rules: c.rulesFor(q), offered: q.Header[protocolsHeader]}
	user, no := e.rules.Door.Admit(q)
	if no != nil {
		s.refuse(w, q, c, t, e.rules.withPlace(no))
		return nil, false
	}
	e.user = user
	return e, true
}

// protocolsHeader is the header that may hold a token.
const protocolsHeader = "Sec-Websocket-Protocol"

// admitTo holds the request to the rules of what is served as well, by its paths: "" is none. It answers
// what they refuse.
func (s *Server) admitTo(w http.ResponseWriter, q *http.Request, c *Config, t target, e *entry, paths ...string) bool {
	for _, p := range paths {
		if p == "" {
			continue
		}
		rules := c.rulesAt(path.Clean(pattern.Shape(p)))
		if rules == e.rules || slices.Contains(e.also, rules) {
			continue
		}
		left := q.Header[protocolsHeader]
		if len(e.offered) > 0 {
			q.Header[protocolsHeader] = e.offered
		}
		user, no := rules.Door.Admit(q)
		if no != nil {
			s.refuse(w, q, c, t, rules.withPlace(no))
			return false
		}
		if rules.Door.Tokens == nil {
			setHeader(q.Header, protocolsHeader, left)
		}
		e.also, e.user = append(e.also, rules), cmp.Or(user, e.user)
	}
	return true
}

func setHeader(h http.Header, name string, values []string) {
	if values == nil {
		delete(h, name)
		return
	}
	h[name] = values
}

// all are the rules that hold for the request.
func (e *entry) all() []*Rules {
	return append([]*Rules{e.rules}, e.also...)
}

// admitHandshake holds an opening handshake to all rules, and says which refuse it.
func (e *entry) admitHandshake(q *http.Request, from door.From, requested []string) (*Rules, *door.Refusal) {
	for _, rules := range e.all() {
		if no := rules.Door.AdmitHandshake(q, from, requested); no != nil {
			return rules, no
		}
	}
	return nil, nil
}

// bounds is what bounds a connection: of each limit the strictest.
func (e *entry) bounds() stream.Config {
	a := e.rules.Stream
	for _, rules := range e.also {
		a = stricterOf(a, rules.Stream)
	}
	return a
}

// stricterOf is a, with what is stricter in b.
func stricterOf(a, b stream.Config) stream.Config {
	const none = -1
	a.MessageSize = stricter(cmp.Or(a.MessageSize, stream.DefaultMessageSize), cmp.Or(b.MessageSize, stream.DefaultMessageSize), none)
	a.WriteTimeout = stricter(cmp.Or(a.WriteTimeout, stream.DefaultWriteTimeout), cmp.Or(b.WriteTimeout, stream.DefaultWriteTimeout), time.Duration(none))
	a.MessagesPerSecond = stricter(a.MessagesPerSecond, b.MessagesPerSecond, 0)
	a.BytesPerSecond = stricter(a.BytesPerSecond, b.BytesPerSecond, 0)
	a.IdleTimeout = stricter(a.IdleTimeout, b.IdleTimeout, 0)
	a.Lifetime = stricter(a.Lifetime, b.Lifetime, 0)
	a.CloseOverRate = a.CloseOverRate || b.CloseOverRate
	return a
}

// stricter is the smaller of two bounds, where one value is for none.
func stricter[T cmp.Ordered](a, b, none T) T {
	if a == none || b != none && b < a {
		return b
	}
	return a
}
