package host

import (
	"cmp"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"wshd/host/door"
	"wshd/host/tunnel"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
	"wshd/plugins/wsh/urlpath"
)

// dispatch is the whole way of a request: handler, by WebSocket or ServeHTTP; CGI; file; 404.
func (s *Server) dispatch(w http.ResponseWriter, q *http.Request) {
	noteRequest(q)
	w, end := s.bound(w, q)
	defer end()
	if s.redirected(w, q) {
		return
	}
	if s.Draining() {
		s.refuseDraining(w, q)
		return
	}
	c := s.config.Load()
	hideCookie(q.Header, c.HideCookie)
	if !s.identify(w, q, c) {
		return
	}
	if tunnel.Other(q) {
		plain(w, http.StatusNotImplemented, "of extended CONNECT only websocket is spoken here") // RFC 9220, section 3
		return
	}
	t, known := parseTarget(q, c)
	if !known {
		s.refuseOtherHost(w, q, c)
		return
	}
	served, ok := s.withinConnectionLimits(w, q, c, t)
	defer served()
	if !ok || !s.withinRequestLimits(w, q, c, t) {
		return
	}
	e, ok := s.admit(w, q, c, t)
	if !ok {
		return
	}
	found := s.findHandler(c, q, t)
	h := found.Handler
	if h != nil {
		defer h.Life.Release()
	}
	switch {
	case h != nil && t.fragment:
		// RFC 6455, section 3: fragments must not be used in a WebSocket URI.
		s.refuse(w, q, c, t, &door.Refusal{Status: http.StatusBadRequest, Reason: "a fragment in the request target",
			Text: "a request target has no #fragment", Usual: true})
	case h != nil && isHandshake(q) && (h.TransferData != nil || h.ServeHTTP == nil):
		if s.admitTo(w, q, c, t, e, found.Served...) {
			s.serveWebSocket(w, q, c, &visit{e, t, found})
		}
	case h != nil && h.ServeHTTP != nil:
		if s.admitTo(w, q, c, t, e, found.Served...) {
			s.serveHTTP(w, fromUser(q, e.user), c, found)
		}
	case s.servePlain(w, q, c, t, e):
	case h != nil:
		c.explain(w, q, t.path, http.StatusBadRequest, "this is a WebSocket handler: connect to "+webSocketURL(q, t)+" with a WebSocket client")
	default:
		if isHandshake(q) {
			s.countHandshake(q, http.StatusNotFound)
			s.reportNoHandler(c, q, t, "no handler at this path")
		}
		c.explain(w, q, t.path, http.StatusNotFound, cmp.Or(c.missing(q, t), nothingHere))
	}
}

// servePlain answers with what a program says, or with a file, if there is one.
func (s *Server) servePlain(w http.ResponseWriter, q *http.Request, c *Config, t target, e *entry) bool {
	p, below, err := c.findProgram(q)
	if p != nil {
		s.noteNoHandler(c, q, t)
		if s.admitTo(w, q, c, t, e, p.script, p.served) {
			s.serveProgram(w, q, c, t, p, e.user)
		}
		return true
	}
	var d *document
	if !below && err == nil {
		d, err = c.findDocument(q)
	}
	if d == nil && err == nil {
		return false
	}
	s.noteNoHandler(c, q, t)
	if err != nil {
		s.notSent(w, q, c, err)
		return true
	}
	defer d.file.Close()
	if s.admitTo(w, q, c, t, e, d.served) {
		d.serve(w, q)
	}
	return true
}

// refuse answers a request that may not come in.
func (s *Server) refuse(w http.ResponseWriter, q *http.Request, c *Config, t target, no *door.Refusal) {
	maps.Copy(w.Header(), no.Header)
	s.refused(c, q, t, no)
	plain(w, no.Status, no.Text)
}

// refused logs and counts a refusal that has been, or will be, answered.
func (s *Server) refused(c *Config, q *http.Request, t target, no *door.Refusal) {
	s.reportRefusal(c, q, t, no)
	s.countHandshake(q, no.Status)
}

// reportRefusal logs, and counts, that a request may not come in.
func (s *Server) reportRefusal(c *Config, q *http.Request, t target, no *door.Refusal) {
	log := c.Log.With("status", no.Status, "resource", protocol.Shorten(t.path), "remote", q.RemoteAddr)
	if origin := q.Header.Get("Origin"); origin != "" {
		log = log.With("origin", protocol.Shorten(origin))
	}
	if no.Hint != "" {
		log = log.With("hint", no.Hint)
	}
	level := slog.LevelWarn
	if no.Usual {
		level = slog.LevelInfo
	}
	s.countRefusalOf(level, log, no.Reason, protocol.Shorten(no.Of))
}

// noteNoHandler reports a handshake at what is there and is no handler, before it is answered.
func (s *Server) noteNoHandler(c *Config, q *http.Request, t target) {
	if isHandshake(q) {
		s.reportNoHandler(c, q, t, "what is there is no handler")
	}
}

// reportNoHandler logs, and counts, a handshake for which there is no handler: browsers do not show the answer.
func (s *Server) reportNoHandler(c *Config, q *http.Request, t target, reason string) {
	log := c.Log.With("resource", protocol.Shorten(t.path), "remote", q.RemoteAddr, "hint", missingHint{c, t.path})
	s.countRefusalOf(slog.LevelWarn, log, reason, protocol.Shorten(t.path))
}

// missingHint is why there is no handler, found when it is logged.
type missingHint struct {
	c    *Config
	path string
}

// LogValue implements slog.LogValuer.
func (m missingHint) LogValue() slog.Value {
	why := ""
	if m.c.Missing != nil {
		why, _, _ = strings.Cut(m.c.Missing(m.path), "\n") // errors of a script have been logged
	}
	return slog.StringValue(cmp.Or(strings.TrimSuffix(why, ":"), "wshd routes lists the paths that have one"))
}

// fromUser tells ServeHTTP who the client is.
func fromUser(q *http.Request, u *wsh.User) *http.Request {
	if u == nil {
		return q
	}
	return wsh.WithUser(q, u)
}

// isHandshake tells an opening handshake, good or bad, from a plain request.
func isHandshake(q *http.Request) bool {
	return tunnel.Wanted(q) || q.Header.Get("Sec-WebSocket-Key") != "" || q.Header.Get("Sec-WebSocket-Version") != "" ||
		strings.Contains(strings.ToLower(q.Header.Get("Upgrade")), "websocket")
}

func webSocketURL(q *http.Request, t target) string {
	scheme := "ws://"
	if q.TLS != nil {
		scheme = "wss://"
	}
	path := t.path
	if _, ok := urlpath.Unescape(path); !ok {
		path = urlpath.Escape(path) // it came as it is
	}
	return scheme + protocol.Shorten(q.Host) + protocol.Shorten(path)
}

// refuseDraining answers a request that comes while the host goes down: a proxy may take it to another.
func (s *Server) refuseDraining(w http.ResponseWriter, q *http.Request) {
	if isHandshake(q) {
		s.refused(s.config.Load(), q, target{path: q.URL.Path}, &door.Refusal{Status: http.StatusServiceUnavailable, Reason: "going down", Usual: true})
	}
	goingDown(w)
}

// refuseOtherHost answers a request whose absolute target names a host or port that is not served here.
func (s *Server) refuseOtherHost(w http.ResponseWriter, q *http.Request, c *Config) {
	if isHandshake(q) {
		s.refused(c, q, target{path: q.RequestURI}, &door.Refusal{Status: http.StatusNotFound, Reason: "another host or port is asked for",
			Hint: "validation_host and validation_port say what an absolute request target names"})
	}
	notFound(w)
}

// goingDown answers a request that a proxy may take to another host.
func goingDown(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	w.Header().Set("Retry-After", "1")
	plain(w, http.StatusServiceUnavailable, "this host is going down")
}

func plain(w http.ResponseWriter, status int, text string) {
	http.Error(w, text, status)
}

func badRequest(w http.ResponseWriter, text string) {
	plain(w, http.StatusBadRequest, text)
}

func (c *Config) missing(q *http.Request, t target) string {
	if c.Missing == nil || !c.Door.Local || !c.Door.FromHere(q) {
		return ""
	}
	return c.Missing(t.path)
}

func notFound(w http.ResponseWriter) {
	plain(w, http.StatusNotFound, nothingHere)
}

const nothingHere = "nothing is served here"
