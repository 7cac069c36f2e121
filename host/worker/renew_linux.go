package worker

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

// mostToken is how long a token may be that is shown to the host, in bytes.
const mostToken = 64 << 10

// renewal has the host say what tokens of session n are worth.
func (w *worker) renewal(n uint64) func(token string) (*wsh.User, time.Time, error) {
	return func(token string) (*wsh.User, time.Time, error) {
		if len(token) > mostToken {
			return nil, time.Time{}, fmt.Errorf("%w: a token of %d bytes", wsh.ErrBadOperation, len(token))
		}
		number, answer := w.renewals.add()
		w.tell(write(kindRenew).num(n).num(number).text(token))
		select {
		case v := <-answer:
			return v.user, v.ends, v.err
		case <-time.After(handWait): // the session has ended meanwhile, or the host is stopped
			w.renewals.take(number)
			return nil, time.Time{}, fmt.Errorf("%w: the host does not say what the token is worth", wsh.ErrUnavailable)
		}
	}
}

// renewed passes on what the host says of a token.
func (w *worker) renewed(r *reader) {
	number := r.num()
	v := r.worth()
	if answer := w.renewals.take(number); answer != nil {
		answer <- v
	}
}
