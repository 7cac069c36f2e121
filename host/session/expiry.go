package session

import (
	"fmt"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// expired is the code and reason of a connection whose client's token has expired.
const expired wsh.StatusCode = 4401

// expiry closes a connection when its client's token expires. A nil expiry does not.
type expiry struct {
	verify func(token string) (*wsh.User, time.Time, error)

	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

func (s *Session) newExpiry(c Config) *expiry {
	if c.Expires.IsZero() || c.Renew == nil {
		return nil
	}
	return &expiry{verify: c.Renew, timer: time.AfterFunc(time.Until(c.Expires), func() { s.conn.Fail(expired, "token expired") })}
}

func (e *expiry) stop() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	e.timer.Stop()
}

// renewal takes another token of the same user; nil: there is nothing to renew.
func (e *expiry) renewal(r *wsh.Request) func(token string) (*wsh.User, error) {
	if e == nil {
		return nil
	}
	name := r.User.Name
	return func(token string) (*wsh.User, error) {
		u, ends, err := e.verify(token)
		if err != nil {
			return nil, err
		}
		if u.Name != name {
			return nil, fmt.Errorf("%w: the token is another user's", wsh.ErrBadOperation)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.over || !e.timer.Stop() {
			return nil, fmt.Errorf("%w: the token before has ended", wsh.ErrClosed)
		}
		e.timer.Reset(time.Until(ends))
		return u, nil
	}
}
