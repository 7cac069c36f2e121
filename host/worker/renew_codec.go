package worker

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// Tokens are verified by the host, which has the keys: Renew of a handler's process asks it.

// worth is what a token is worth.
type worth struct {
	user *wsh.User
	ends time.Time
	err  error
}

// renewals are those that the host has not yet answered.
type renewals struct {
	mu      sync.Mutex
	serial  uint64
	pending map[uint64]chan worth
}

func (r *renewals) add() (n uint64, answer chan worth) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		r.pending = map[uint64]chan worth{}
	}
	r.serial++
	answer = make(chan worth, 1)
	r.pending[r.serial] = answer
	return r.serial, answer
}

func (r *renewals) take(n uint64) chan worth {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := r.pending[n]
	delete(r.pending, n)
	return answer
}

// worth writes it.
func (m *writer) worth(v worth) *writer {
	var a roomAnswer
	a.fail(v.err)
	user, err := json.Marshal(v.user)
	if err != nil {
		a.fail(err)
	}
	return m.num(expiry(v.ends)).text(string(user)).text(a.Error).text(a.Kind)
}

// worth reads it.
func (r *reader) worth() (v worth) {
	if n := r.num(); n > 0 {
		v.ends = time.Unix(0, int64(n))
	}
	user, a := r.text(), roomAnswer{Error: r.text(), Kind: r.text()}
	if v.err = a.err(); v.err == nil {
		v.user = new(wsh.User)
		v.err = errors.Join(r.err, json.Unmarshal([]byte(user), v.user))
	}
	return v
}

// expiry is a time as it is told; 0: never.
func expiry(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}
