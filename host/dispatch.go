package host

import (
	"net/http"
	"strings"
)

// dispatch is the whole way of a request: handler, by WebSocket or ServeHTTP; CGI; file; 404.
func (s *Server) dispatch(w http.ResponseWriter, q *http.Request) {
	if redirected(w, q) {
		return
	}
	if s.Draining() {
		goingDown(w)
		return
	}
	c := s.config.Load()
	t, known := parseTarget(q, c)
	if !known {
		notFound(w, "")
		return
	}
	rules := c.rulesFor(q)
	if !admitted(w, q, rules) {
		return
	}
	h := c.lookup(q, t)
	switch {
	case h != nil && t.fragment:
		// RFC 6455, section 3: fragments must not be used in a WebSocket URI.
		badRequest(w, "a request target has no #fragment")
	case h != nil && isHandshake(q):
		s.serveWebSocket(w, q, c, rules, t, h)
	case h != nil && h.ServeHTTP != nil:
		s.serveHTTP(w, q, c, h)
	case c.serveCGI(w, q, t):
	case c.serveFile(w, q, t):
	case h != nil:
		badRequest(w, "this is a WebSocket handler: connect to "+webSocketURL(q, t)+" with a WebSocket client")
	default:
		notFound(w, c.missing(t))
	}
}

// admitted lets a request in, or answers it. It covers files and CGI too.
func admitted(w http.ResponseWriter, q *http.Request, rules *Rules) bool {
	if rules.Basic == nil {
		return true
	}
	if user, password, ok := q.BasicAuth(); ok && rules.Basic(user, password) {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Pywebsocket"`) // the realm old clients know
	plain(w, http.StatusUnauthorized, "a user name and password are needed")
	return false
}

// isHandshake tells an opening handshake, good or bad, from a plain request.
func isHandshake(q *http.Request) bool {
	return q.Header.Get("Sec-WebSocket-Key") != "" || q.Header.Get("Sec-WebSocket-Version") != "" ||
		strings.Contains(strings.ToLower(q.Header.Get("Upgrade")), "websocket")
}

func webSocketURL(q *http.Request, t target) string {
	scheme := "ws://"
	if q.TLS != nil {
		scheme = "wss://"
	}
	return scheme + q.Host + t.path
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

func (c *Config) missing(t target) string {
	if c.Missing == nil {
		return ""
	}
	return c.Missing(t.path)
}

func notFound(w http.ResponseWriter, why string) {
	if why == "" {
		why = "nothing is served here"
	}
	plain(w, http.StatusNotFound, why)
}
