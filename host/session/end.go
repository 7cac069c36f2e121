package session

import (
	"errors"
	"fmt"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// noteClose notes the code and reason that the client closed with.
func (s *Session) noteClose(code wsh.StatusCode, reason string) {
	s.r.CloseCode, s.r.CloseReason = code, reason
}

// passiveClosing is called by the stream when the client has closed: within a Receive, on whichever goroutine,
// or else by End.
func (s *Session) passiveClosing(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
	s.noteClose(code, reason)
	if s.h.PassiveClosingHandshake == nil {
		return wsh.StatusNormalClosure, "", nil
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	s.hook("PassiveClosingHandshake", &s.passive, func() (err error) {
		code, reason, err = s.h.PassiveClosingHandshake(s.r)
		return err
	})
	if s.passive == nil {
		if wrong := protocol.CheckClose(code, reason); wrong != nil {
			s.fail("handler failed", "PassiveClosingHandshake", wrong)
		}
	}
	return code, reason, s.passive
}

// passiveOutcome is the result of the passive closing hook. It waits while that is running.
func (s *Session) passiveOutcome() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	return s.passive
}

// finish ends the connection as the hooks' errors say.
func (s *Session) finish() {
	if !s.accepted {
		s.finishHandshake()
		return
	}
	passive := s.passiveOutcome()
	how := s.outcome(passive)
	if how.Abort {
		s.conn.Abort()
	} else {
		s.Flush()
		if err := s.conn.End(how.Code, how.Reason); err != nil {
			s.log.Debug("close", "err", err)
		}
		if late := s.passiveOutcome(); passive == nil && late != nil { // End was the first to see the client's Close frame
			how = s.outcome(late)
		}
	}
	s.account(how.Abort)
}

// outcome says how the connection is to be closed after the hooks. It logs and reports hooks that have failed.
func (s *Session) outcome(passive error) protocol.Outcome {
	hook, err := "TransferData", s.err
	if passive != nil {
		hook, err = "PassiveClosingHandshake", passive
	}
	closed := s.conn.ClientClosed()
	how := protocol.OutcomeOf(err, closed, closed || s.conn.ServerClosed() || s.r.Context().Err() != nil)
	if s.h.Life.Killed() != nil { // which is logged once, and not for each of its connections
		return protocol.Outcome{Code: wsh.StatusInternalEndpointError}
	}
	if how.Failed {
		s.fail("handler failed", hook, explained(err))
	}
	if passive != nil && crashed(s.err) && !errors.Is(s.err, passive) {
		s.fail("handler failed", "TransferData", s.err)
	}
	return how
}

// explained adds to an error why the connection was closed with something else.
func explained(err error) error {
	var closed *wsh.CloseError
	if !errors.As(err, &closed) {
		return err
	}
	wrong := protocol.CheckClose(closed.Code, closed.Reason)
	if closed.Code == 0 {
		wrong = errors.New("a CloseError has a code (CloseConnection sends an empty Close frame): closed with 1011 instead")
	}
	if wrong == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, wrong)
}

// account writes the one log line of a connection.
func (s *Session) account(aborted bool) {
	n := s.conn.Stats()
	attrs := []any{"version", s.h.Version, "code", int(n.CloseCode), "dur", time.Since(s.info.Since).Round(time.Microsecond),
		"messages_in", n.MessagesIn, "messages_out", n.MessagesOut, "bytes_in", n.BytesIn, "bytes_out", n.BytesOut}
	why := s.conn.Why()
	switch {
	case why != "":
	case s.dropped.Load():
		why = "the host dropped it: the time to go down was over"
	case aborted:
		why = "the handler aborted it"
	}
	if why != "" {
		attrs = append(attrs, "reason", why)
	}
	s.log.Info("connection closed", attrs...)
}
