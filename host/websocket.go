package host

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"wshd/host/limit"
	"wshd/host/session"
	"wshd/host/stream"
	"wshd/host/tunnel"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// visit is a request that was let in, as far as its headers go: by what rules, who it comes from,
// where it goes.
type visit struct {
	*entry
	target target
	found  Found
}

// serveWebSocket reads the opening handshake, takes the connection from net/http, and runs the
// session on a goroutine of its own, so that net/http's stack and buffers are given back.
func (s *Server) serveWebSocket(w http.ResponseWriter, q *http.Request, c *Config, v *visit) {
	r, no := readHandshake(q, v.target)
	if no != nil {
		s.countRefusal(slog.LevelInfo, c.Log.With("status", no.Status, "resource", protocol.Shorten(v.target.path), "remote", q.RemoteAddr), no.Reason)
	} else if rules, out := v.admitHandshake(q, s.from(q, c), r.RequestedProtocols); out != nil {
		s.reportRefusal(c, q, v.target, rules.withPlace(out))
		no = &protocol.Refusal{Status: out.Status, Reason: out.Text}
	}
	if no != nil {
		maps.Copy(w.Header(), no.Header)
		closeAfterAnswer(w, q)
		s.countHandshake(q, no.Status)
		plain(w, no.Status, no.Reason)
		return
	}
	place, ok := s.takePlace(w, q, c, v)
	if !ok {
		return
	}
	r.User = v.user
	for name, value := range v.found.Values {
		r.SetPathValue(name, value)
	}
	carry, ok := s.start(w, q, c, v, r, place)
	if !ok {
		place.Release()
	}
	carry()
}

// start takes the connection over and runs the session. It reports whether it has. carry is to be called then,
// and returns when nothing more is to be carried.
func (s *Server) start(w http.ResponseWriter, q *http.Request, c *Config, v *visit, r *wsh.Request, place limit.Ticket) (carry func(), ok bool) {
	bounds := v.bounds()
	bounds.Scheduler, bounds.NoRaw = &s.scheduler, tunnel.Wanted(q)
	nc, buffered, carry, err := takeOver(w, q, bounds.WriteTimeout)
	if err != nil {
		c.Log.Error("take the connection over", "resource", v.target.path, "remote", q.RemoteAddr, "err", err)
		return func() {}, false
	}
	expires, renew := v.expiry(r.User)
	x, begin, discard, err := hand(nc, buffered, r, session.Config{
		Expires: expires, Renew: renew,
		ID: s.prefix + strconv.FormatUint(s.serial.Add(1), 36), Path: v.target.path, Handler: v.found.Handler, HTTPS: q.TLS != nil,
		Rooms: c.Rooms, Render: s.renderer(v.found.Handler, c.Log), Stream: bounds, Owner: &s.owner, Context: s.base, Log: c.Log,
		WriteBuffer: c.WriteBuffer, FlushTime: c.FlushTime,
	})
	if err != nil {
		s.countRefusal(slog.LevelError, c.Log.With("status", http.StatusServiceUnavailable, "resource", v.target.path, "remote", q.RemoteAddr,
			"err", err), "the handler's process takes no connection")
		s.handshakes.Add(strconv.Itoa(http.StatusServiceUnavailable))
		no := protocol.Refusal{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}}
		go func() { // over HTTP/2 it is carried below
			nc.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = nc.Write(no.Append(nil)) // the client is refused, there or not
			nc.Close()
		}()
		return carry, false
	}
	if !s.addSession(x, place) {
		discard()
		return carry, false
	}
	begin()
	return carry, true
}

// takeOver takes a connection from net/http, with what has been read of it. Over HTTP/2, where the connection is a
// stream, carry carries it and returns when it has ended.
func takeOver(w http.ResponseWriter, q *http.Request, timeout time.Duration) (nc net.Conn, read []byte, carry func(), err error) {
	if tunnel.Wanted(q) {
		if b, ok := w.(*bounded); ok {
			b.letGo()
		}
		t := tunnel.New(w, q, cmp.Or(timeout, stream.DefaultWriteTimeout))
		return t.Conn, nil, t.Carry, nil
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, nil, err
	}
	if p, ok := nc.(interface{ Plain() net.Conn }); ok {
		nc = p.Plain() // which is read and written faster
	}
	read, _ = rw.Reader.Peek(rw.Reader.Buffered()) // what is buffered can be peeked
	return nc, read, func() {}, nil
}

// expiry is when a connection ends with its token, and what takes another in its place. The zero time: it does not.
func (e *entry) expiry(u *wsh.User) (ends time.Time, renew func(token string) (*wsh.User, time.Time, error)) {
	for _, rules := range e.all() {
		t := rules.Door.Tokens
		if t == nil || !t.Close {
			continue
		}
		if ends, ok := t.Ends(u); ok {
			return ends, func(token string) (*wsh.User, time.Time, error) {
				next, err := t.Verify(token)
				if err != nil {
					return nil, ends, err
				}
				until, _ := t.Ends(next)
				return next, until, nil
			}
		}
	}
	return time.Time{}, nil
}

// hand gives a connection to the session that is to serve it: here, or in the handler's process.
func hand(nc net.Conn, read []byte, r *wsh.Request, c session.Config) (x session.Connection, begin, discard func(), err error) {
	if p, ok := c.Handler.Process.(session.Process); ok {
		return p.Hand(nc, read, r, c)
	}
	here := session.New(nc, read, r, c)
	return here, func() { go here.Run() }, here.Discard, nil
}

// serveHTTP lets the handler answer a plain request.
func (s *Server) serveHTTP(w http.ResponseWriter, q *http.Request, c *Config, found Found) {
	h := found.Handler
	defer io.Copy(io.Discard, io.LimitReader(q.Body, maxHead)) // so that the connection can be used again
	if err := session.ServeHTTP(h, w, session.WithPathValues(q, found.Values)); err != nil && h.Life.Killed() == nil {
		c.Log.With("resource", q.URL.Path, "script", h.Script, "remote", q.RemoteAddr).Error("handler failed", session.Failure(err)...)
		c.Failed(h, err)
	}
}

// randomPrefix tells this host's connections from another's.
func randomPrefix() string {
	b := make([]byte, 4)
	rand.Read(b) // never fails
	return hex.EncodeToString(b) + "-"
}
