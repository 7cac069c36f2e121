package host

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"

	"wshd/host/limit"
	"wshd/plugins/wsh/protocol"
)

// Connections that end before there is a request to dispatch: net/http, or crypto/tls, has refused what came.
// Neither says so but in a log for debugging.

// reportUnserved logs and counts that a connection has ended without the request that was expected. A client
// that goes without a word, as health checks and browsers do, is no matter.
func (s *Server) reportUnserved(a *acceptedConn, nc net.Conn) {
	if s.Draining() {
		return
	}
	log := s.config.Load().Log.With("remote", nc.RemoteAddr().String())
	t, secure := nc.(*tls.Conn)
	switch {
	case time.Since(a.at) >= s.http.ReadHeaderTimeout:
		s.limits.Add(limit.HandshakeTimeout)
		s.countRefusal(slog.LevelWarn, log.With("hint", "limits.handshake_timeout bounds the time for it"), "no request in time")
	case secure && !t.ConnectionState().HandshakeComplete:
		s.reportHandshakeOfTLS(log, t.Handshake()) // the error that it has failed with
	case a.active:
		s.countRefusal(slog.LevelInfo, log.With("hint", "what came is no request of HTTP/1.1, or not all of one, or far longer than limits.header_size"), "no well-formed request")
	}
}

func (s *Server) reportHandshakeOfTLS(log *slog.Logger, err error) {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) {
		return
	}
	hint := "the client does not take the certificate, or has none that is wanted, or speaks no TLS of today: err says which"
	if errors.As(err, new(tls.RecordHeaderError)) {
		hint = "this address speaks TLS: clients begin with wss:// or https://"
	}
	s.countRefusal(slog.LevelInfo, log.With("err", err, "hint", hint), "no TLS")
}

// stalled logs and counts a client that has begun to send a body, or to read an answer, and does not go on.
func (e *bounded) stalled(key, reason string) {
	e.s.limits.Add(key)
	log := e.s.config.Load().Log.With("resource", protocol.Shorten(e.resource), "remote", e.remote,
		"hint", "limits."+key+" bounds how long it may stand still")
	e.s.countRefusal(slog.LevelInfo, log, reason)
}
