package host

import (
	"log/slog"
	"net"
	"net/http"

	"wshd/host/door"
	"wshd/host/peer"
	"wshd/plugins/wsh/protocol"
)

// identify makes a request the client's, by what trusted proxies say of it: everything after sees the
// client's address, host and TLS. It answers a request of whose client they speak nonsense.
func (s *Server) identify(w http.ResponseWriter, q *http.Request, c *Config) bool {
	remote, proxies, nobody := q.RemoteAddr, c.Proxies, fromNobody(q)
	if nobody {
		proxies = peer.Proxies{}
	}
	ignored, err := proxies.Identify(q)
	if ignored && !nobody { // else there is nothing to set
		s.ignored(c, q.RemoteAddr)
	}
	if err == nil {
		return true
	}
	log := c.Log.With("status", http.StatusBadRequest, "resource", protocol.Shorten(q.URL.Path), "remote", remote, "err", err)
	s.countRefusal(slog.LevelWarn, log, "malformed forwarding headers")
	s.countHandshake(q, http.StatusBadRequest)
	badRequest(w, err.Error())
	return false
}

// fromNobody reports whether a request's connection began with a PROXY header that names no client. What its
// headers say of one is then the client's own word.
func fromNobody(q *http.Request) bool {
	a := acceptedConnOf(q)
	if a == nil {
		return false
	}
	p, ok := a.conn.(interface{ Nobody() bool })
	return ok && p.Nobody()
}

// from is how a request came.
func (s *Server) from(q *http.Request, c *Config) door.From {
	loopback, _ := q.Context().Value(loopbackKey{}).(bool)
	a := acceptedConnOf(q)
	return door.From{Loopback: loopback, Proxy: a != nil && c.Proxies.Trusts(peerOf(a.conn))}
}

// ignored counts, and logs the first time, that who is no trusted proxy speaks as if it were one.
func (s *Server) ignored(c *Config, remote string) {
	if s.spoofed.Add(1) == 1 {
		c.Log.Warn("forwarding headers ignored", "remote", remote, "hint", "if this is your proxy, add its address to trusted_proxies")
	}
}

// Spoofed is how many requests and connections named a client without coming from a trusted proxy.
func (s *Server) Spoofed() uint64 { return s.spoofed.Load() }

// TrustsProxy reports whether what a peer says of its client is believed.
func (s *Server) TrustsProxy(peer net.Addr) bool { return s.config.Load().Proxies.Trusts(peer) }

// ProxyIgnored is to be called when a PROXY header of a peer is ignored, since it is not trusted.
func (s *Server) ProxyIgnored(peer net.Addr) { s.ignored(s.config.Load(), peer.String()) }

// ProxyRefused is to be called when a connection is refused because its PROXY header is missing or
// wrong.
func (s *Server) ProxyRefused(peer net.Addr, reason error) {
	s.countRefusal(slog.LevelWarn, s.config.Load().Log.With("remote", peer.String(), "err", reason), "malformed PROXY header")
}
