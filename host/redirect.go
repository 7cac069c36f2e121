package host

import (
	"context"
	"net"
	"net/http"
	"strings"

	"wshd/host/door"
	"wshd/plugins/wsh/protocol"
)

// redirecting is a listener whose clients are only told where else to go: to the same host by https,
// or https:PORT, or to https://host:port.
type redirecting interface{ RedirectTo() string }

type redirectKey struct{}

type loopbackKey struct{}

// baseContext tells the requests of a listener where it redirects to, and whether it is a TCP listener on
// loopback.
func (s *Server) baseContext(l net.Listener) context.Context {
	a, ok := l.Addr().(*net.TCPAddr)
	ctx := context.WithValue(s.plain, loopbackKey{}, ok && a.IP.IsLoopback())
	if r, ok := l.(*listener).Listener.(redirecting); ok && r.RedirectTo() != "" {
		ctx = context.WithValue(ctx, redirectKey{}, r.RedirectTo())
	}
	return ctx
}

// redirected answers requests of listeners that redirect. Browsers do not follow where a WebSocket
// handshake is sent on to, so the answer says in words where to connect.
func (s *Server) redirected(w http.ResponseWriter, q *http.Request) bool {
	to, _ := q.Context().Value(redirectKey{}).(string)
	if to == "" {
		return false
	}
	path := q.RequestURI
	if !strings.HasPrefix(path, "/") {
		path = q.URL.RequestURI() // of an absolute target
	}
	if q.Host == "" || !strings.HasPrefix(path, "/") {
		badRequest(w, "this address only redirects to HTTPS, and the request does not say for which host and path")
		return true
	}
	if !strings.HasPrefix(to, "https://") {
		to = "https://" + bracketed(door.HostName(q.Host)) + strings.TrimPrefix(to, "https")
	}
	w.Header().Set("Location", to+path)
	kind, scheme := "page", "https"
	if isHandshake(q) {
		kind, scheme = "WebSocket", "wss"
		s.refused(s.config.Load(), q, target{path: q.URL.Path}, &door.Refusal{Status: http.StatusPermanentRedirect, Reason: "sent on to HTTPS",
			Hint: "WebSocket clients do not follow: have them connect to wss" + protocol.Shorten(strings.TrimPrefix(to, "https"))})
	}
	plain(w, http.StatusPermanentRedirect, "this "+kind+" is at "+scheme+protocol.Shorten(strings.TrimPrefix(to, "https")+path))
	return true
}

// bracketed is a host as it stands in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
