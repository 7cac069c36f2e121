package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"wshd/host/session"
	"wshd/plugins/wsh"
)

// drainInterval is the time between the closing of two connections, if ctx leaves enough: a thousand clients
// then reconnect over two seconds, and not all at once.
const drainInterval = 2 * time.Millisecond

// Draining reports whether Shutdown has been called: there is nothing more to send here.
func (s *Server) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// Shutdown stops accepting, and answers 503 to requests that still come. It then closes the
// connections with 1001, two milliseconds apart or, if they are many, over four fifths of the time
// until ctx's deadline, and waits for the handlers to return. A handler learns of it by its request's
// context, when it is its connection's turn. When ctx ends first, Shutdown drops what is left, says
// so by ctx's error, and leaves behind only handlers that do not look at their connection. Plain requests
// have FlushTime to be answered; then their contexts end too.
func (s *Server) Shutdown(ctx context.Context) error {
	sessions := s.stopAccepting()
	defer s.closed()
	late := time.AfterFunc(plainGrace(ctx, s.config.Load().FlushTime), s.dismiss)
	defer late.Stop()
	defer s.dismiss()
	defer s.refusals.Close()
	s.closeGradually(ctx, sessions)
	s.cancel()
	returned := make(chan struct{})
	go func() {
		s.idle.Wait()
		close(returned)
	}()
	select {
	case <-returned:
		return s.http.Shutdown(ctx) // not before: it drops unanswered what is read after it
	case <-ctx.Done():
	}
	s.mu.Lock()
	for x := range s.sessions {
		x.Abort()
	}
	s.mu.Unlock()
	return errors.Join(ctx.Err(), s.http.Close())
}

// plainGrace is how long plain requests may go on before their contexts end: limit, but at most a fifth of
// what ctx leaves.
func plainGrace(ctx context.Context, limit time.Duration) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)/5)
	}
	return limit
}

// stopAccepting refuses new sessions from now on, and lists those that there are.
func (s *Server) stopAccepting() []session.Connection {
	s.http.SetKeepAlivesEnabled(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	for _, l := range s.listeners {
		l.Close()
	}
	sessions := make([]session.Connection, 0, len(s.sessions))
	for x := range s.sessions {
		sessions = append(sessions, x)
	}
	return sessions
}

// closeGradually closes the sessions, one after the other. It returns early if ctx ends, and does not wait for
// a session that has ended.
func (s *Server) closeGradually(ctx context.Context, sessions []session.Connection) {
	start, turn := time.Now(), 0
	step := intervalFor(ctx, start, len(sessions))
	timer := time.NewTimer(0)
	defer timer.Stop()
	var closing sync.WaitGroup
	defer closing.Wait()
	for _, x := range sessions {
		if !s.isOpen(x) {
			continue
		}
		// Each time is counted from the start, since one timer may be late by more than the interval.
		if wait := time.Until(start.Add(time.Duration(turn) * step)); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
		// What was published before is sent before the Close frame: its publisher may rely on that.
		closing.Go(func() {
			x.Flush()
			x.Fail(wsh.StatusGoingAway, "going down")
		})
		turn++
	}
}

// intervalFor is the time between two of n connections.
func intervalFor(ctx context.Context, now time.Time, n int) time.Duration {
	end, ok := ctx.Deadline()
	if !ok || n == 0 {
		return drainInterval
	}
	return min(drainInterval, end.Sub(now)*4/5/time.Duration(n))
}

func (s *Server) isOpen(x session.Connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.sessions[x]
	return ok
}
