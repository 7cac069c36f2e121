package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"wshd/host/limit"
	"wshd/host/stream"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// session is one WebSocket connection from its handshake to its end.
type session struct {
	s     *Server
	c     *Config
	rules *Rules
	h     *wsh.Handler
	r     *wsh.Request
	conn  *stream.Conn
	log   *slog.Logger
	start time.Time
	place limit.Ticket

	path, remote string // for log and metrics: a handler can change those in r
	id           string

	err      error // the outcome of the last hook
	passive  error // the outcome of the passive closing hook, which the script may have swallowed
	leave    func(until time.Time)
	end      func()
	accepted bool // the 101 has been sent
}

// visit is a request that was let in, as far as its headers go: by what rules, who it comes from,
// where it goes.
type visit struct {
	rules  *Rules
	user   *wsh.User
	target target
	h      *wsh.Handler
}

// serveWebSocket reads the opening handshake, takes the connection from net/http, and runs the
// session on a goroutine of its own, so that net/http's stack and buffers are given back.
func (s *Server) serveWebSocket(w http.ResponseWriter, q *http.Request, c *Config, v *visit) {
	r, no := readHandshake(q, v.target)
	if no != nil {
		s.turnedAway(slog.LevelInfo, c.Log.With("status", no.Status, "resource", v.target.path, "remote", q.RemoteAddr), no.Reason)
	} else if out := v.rules.Door.AdmitHandshake(q, r.RequestedProtocols); out != nil {
		s.refused(c, q, v.target, v.rules.placed(out))
		no = &protocol.Refusal{Status: out.Status, Reason: out.Text}
	}
	if no != nil {
		maps.Copy(w.Header(), no.Header)
		lastAnswer(w, q)
		s.tally(q, no.Status)
		plain(w, no.Status, no.Reason)
		return
	}
	place, ok := s.hasPlace(w, q, c, v)
	if !ok {
		return
	}
	r.User = v.user
	x := &session{s: s, c: c, rules: v.rules, h: v.h, r: r, place: place,
		path: v.target.path, remote: r.RemoteAddr, start: time.Now()}
	x.log = slog.New(sessionLog{x})
	if !x.hijack(w, q) {
		place.Leave()
	}
}

// hijack takes the connection over and starts the session. It reports whether it has.
func (x *session) hijack(w http.ResponseWriter, q *http.Request) bool {
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		x.log.Error("take the connection over", "err", err)
		return false
	}
	if p, ok := nc.(interface{ Plain() net.Conn }); ok {
		nc = p.Plain() // which is read and written faster
	}
	buffered, _ := rw.Reader.Peek(rw.Reader.Buffered()) // what is buffered can be peeked
	x.conn = stream.New(nc, append([]byte(nil), buffered...), x.stream())
	ctx, gone := context.WithCancel(x.s.base)
	x.conn.Gone = gone
	x.conn.Passive = x.passiveClosing
	x.conn.Answered = func(code wsh.StatusCode, reason string) { x.r.CloseCode, x.r.CloseReason = code, reason }
	x.id = x.s.prefix + strconv.FormatUint(x.s.serial.Add(1), 36)
	x.leave, x.end = wsh.Attach(x.r, wsh.Link{
		ID:      x.id,
		HTTPS:   q.TLS != nil,
		Context: ctx,
		Cancel:  gone,
		Log:     x.log,
		Stream:  x.conn,
		Rooms:   x.c.Rooms,
		Render:  x.s.renderer(x.h, x.c.Log),

		WriteBuffer: x.c.WriteBuffer,
	})
	if !x.s.enter(x) {
		x.conn.Abort()
		gone()
		x.end()
		return false
	}
	go x.run(gone)
	return true
}

// stream is what bounds the connection.
func (x *session) stream() stream.Config {
	c := x.rules.Stream
	c.Keeper, c.Hit = &x.s.keeper, x.s.hit
	if x.log.Enabled(x.s.base, slog.LevelDebug) {
		c.Seen = func(opcode wsh.Opcode, fin, rsv1 bool, size int64) {
			x.log.Debug("frame received", "opcode", opcode, "fin", fin, "rsv1", rsv1, "size", size)
		}
	}
	return c
}

// run is the session's goroutine. Everything after the hooks is deferred: a hook that calls
// runtime.Goexit runs nothing else.
func (x *session) run(gone func()) {
	defer x.s.exit(x)
	defer gone()
	defer x.finish()
	x.hook("DoExtraHandshake", &x.err, func() error { return x.h.DoExtraHandshake(x.r) })
	if !x.accept() {
		return
	}
	x.hook("TransferData", &x.err, func() error { return x.h.TransferData(x.r) })
}

// accept answers the handshake as DoExtraHandshake decided, and reports whether with a 101.
func (x *session) accept() bool {
	no, aborted := protocol.AnswerTo(x.err)
	if aborted {
		return false
	}
	if x.h.Life.Killed() != nil {
		no, x.err = &protocol.Refusal{Status: http.StatusServiceUnavailable, Reason: "the handler was stopped"}, nil
	}
	if no == nil {
		no = protocol.CheckProtocol(x.r)
	}
	if no != nil {
		x.refuse(no)
		return false
	}
	x.r.Extensions = x.conn.Negotiate(x.r.RequestedExtensions)
	if x.err = x.conn.Open(protocol.AppendAnswer(nil, x.r)); x.err != nil {
		return false
	}
	x.accepted = true
	x.s.handshakes.Add("101")
	x.log.Debug("connection opened", "protocol", x.r.Protocol, "extensions", x.r.Extensions)
	return true
}

// refuse answers the handshake with an HTTP error, written here since the connection is ours.
func (x *session) refuse(no *protocol.Refusal) {
	switch {
	case broken(x.err):
		x.log.Error("handshake refused", append([]any{"status", no.Status, "reason", no.Reason}, failed(x.err)...)...)
		x.c.Failed(x.h, x.err)
	case x.err != nil:
		x.s.turnedAway(slog.LevelInfo, x.log.With("status", no.Status, "err", x.err), "the handler refuses it")
	case no.Status == http.StatusServiceUnavailable:
		x.s.turnedAway(slog.LevelInfo, x.log.With("status", no.Status), no.Reason)
	default: // no.Reason may hold what the client asked for
		x.s.turnedAway(slog.LevelInfo, x.log.With("status", no.Status, "err", no.Reason), "the handler's subprotocol does not fit")
	}
	x.s.handshakes.Add(strconv.Itoa(no.Status))
	_ = x.conn.WriteRaw(no.Append(nil)) // the client is refused, there or not
}

// passiveClosing is called by the stream, inside a receive, when the client has closed.
func (x *session) passiveClosing(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
	x.r.CloseCode, x.r.CloseReason = code, reason
	if x.h.PassiveClosingHandshake == nil {
		return wsh.StatusNormalClosure, "", nil
	}
	x.hook("PassiveClosingHandshake", &x.passive, func() (err error) {
		code, reason, err = x.h.PassiveClosingHandshake(x.r)
		return err
	})
	return code, reason, x.passive
}

// finish ends the connection as the hooks have left it, and accounts for it.
func (x *session) finish() {
	defer x.end()
	if !x.accepted {
		x.finishHandshake()
		return
	}
	err := x.err
	if x.passive != nil {
		err = x.passive
	}
	over := x.conn.ServerClosed() || x.conn.ClientClosed() || x.r.Context().Err() != nil
	how := protocol.OutcomeOf(err, x.conn.ClientClosed(), over)
	if x.h.Life.Killed() != nil { // which is logged once, and not for each of its connections
		how = protocol.Outcome{Code: wsh.StatusInternalEndpointError}
	}
	if how.Failed {
		x.log.Error("handler failed", failed(err)...)
		x.failed(err)
		x.c.Failed(x.h, err)
	}
	if how.Abort {
		x.conn.Abort()
	} else {
		x.leave(time.Now().Add(x.c.FlushTime))
		if err := x.conn.End(how.Code, how.Reason); err != nil {
			x.log.Debug("close", "err", err)
		}
	}
	x.account()
}

// finishHandshake ends a connection that got no 101: what the hook wrote stays written.
func (x *session) finishHandshake() {
	if errors.Is(x.err, errExited) {
		no, _ := protocol.AnswerTo(x.err)
		x.refuse(no)
	}
	if errors.Is(x.err, wsh.ErrAborted) {
		x.log.Info("handshake aborted by the handler")
		x.s.handshakes.Add("aborted")
		x.conn.Abort()
		return
	}
	_ = x.conn.End(0, "") // before Open this only lets the bytes out and ends TCP
}

// account writes the one line that a connection leaves in the log.
func (x *session) account() {
	n := x.conn.Stats()
	what := []any{"version", x.h.Version, "code", int(n.CloseCode), "dur", time.Since(x.start).Round(time.Microsecond),
		"messages_in", n.MessagesIn, "messages_out", n.MessagesOut, "bytes_in", n.BytesIn, "bytes_out", n.BytesOut}
	if why := x.conn.Why(); why != "" {
		what = append(what, "reason", why)
	}
	x.log.Info("connection closed", what...)
}

// serveHTTP lets the handler answer a plain request.
func (s *Server) serveHTTP(w http.ResponseWriter, q *http.Request, c *Config, h *wsh.Handler) {
	defer io.Copy(io.Discard, io.LimitReader(q.Body, maxHead)) // so that the connection can be used again
	if err := callHTTP(h, w, q); err != nil && h.Life.Killed() == nil {
		c.Log.With("resource", q.URL.Path, "script", h.Script, "remote", q.RemoteAddr).Error("handler failed", failed(err)...)
		c.Failed(h, err)
	}
}

// randomPrefix tells this host's connections from another's.
func randomPrefix() string {
	b := make([]byte, 4)
	rand.Read(b) // never fails
	return hex.EncodeToString(b) + "-"
}
