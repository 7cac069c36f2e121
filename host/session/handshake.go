package session

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// accept answers the handshake as DoExtraHandshake decided, and reports whether with a 101.
func (s *Session) accept() bool {
	no, abort := protocol.AnswerTo(s.err)
	if abort {
		return false
	}
	if s.h.Life.Killed() != nil {
		no, s.err = &protocol.Refusal{Status: http.StatusServiceUnavailable, Reason: "the handler was stopped"}, nil
	}
	if no == nil {
		no = protocol.CheckProtocol(s.r)
	}
	if no != nil {
		s.refuse(no)
		return false
	}
	s.r.Extensions = s.conn.Negotiate(s.r.RequestedExtensions)
	s.owner.answered(s, "101")
	if s.err = s.conn.Open(protocol.AppendAnswer(nil, s.r)); s.err != nil {
		return false
	}
	s.accepted = true
	name := strings.ToValidUTF8(s.r.Name[:min(len(s.r.Name), maxName)], "")
	s.name.Store(&name)
	s.log.Debug("connection opened", "protocol", s.r.Protocol, "extensions", s.r.Extensions)
	return true
}

// maxName bounds what is kept of a connection's name to show, in bytes.
const maxName = 200

// refuse answers the handshake with an HTTP error, written here since the connection is ours.
func (s *Session) refuse(no *protocol.Refusal) {
	switch {
	case crashed(s.err):
		s.fail("handshake refused", "DoExtraHandshake", s.err, "status", no.Status, "reason", no.Reason)
	case s.err != nil:
		s.owner.refused(s.log.With("status", no.Status, "err", s.err), "the handler refuses it")
	case no.Status == http.StatusServiceUnavailable:
		s.owner.refused(s.log.With("status", no.Status), no.Reason)
	default: // no.Reason may hold what the client asked for
		s.owner.refused(s.log.With("status", no.Status, "err", no.Reason), "the handler's subprotocol does not fit")
	}
	s.owner.answered(s, strconv.Itoa(no.Status))
	_ = s.conn.Answer(no.Append(nil)) // the client is refused, there or not
}

// finishHandshake ends a connection that got no 101: what the hook wrote stays written.
func (s *Session) finishHandshake() {
	if errors.Is(s.err, errExited) {
		no, _ := protocol.AnswerTo(s.err)
		s.refuse(no)
	}
	if errors.Is(s.err, wsh.ErrAborted) {
		s.owner.answered(s, "aborted")
		s.log.Info("handshake aborted by the handler")
		s.conn.Abort()
		return
	}
	_ = s.conn.End(0, "") // before Open this only lets the bytes out and ends TCP
}
