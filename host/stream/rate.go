package stream

import (
	"sync"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// rates are two leaky buckets, for the two rates of Config. Each message takes its share of a second at each
// rate, and a burst of one second's worth may come at once.
type rates struct {
	mu              sync.Mutex
	messages, bytes time.Time // up to when each rate is used up; a second ago at the earliest
}

const rateBurst = time.Second

// add counts a message of n bytes, and returns when the next may be received and the limit that delays it; ""
// if it is not delayed.
func (r *rates) add(c *Config, n int, now time.Time) (until time.Time, limit string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.MessagesPerSecond > 0 {
		fillBucket(&r.messages, 1, c.MessagesPerSecond, now)
		until, limit = r.messages, LimitMessagesPerSecond
	}
	if c.BytesPerSecond > 0 {
		fillBucket(&r.bytes, n, c.BytesPerSecond, now)
		if r.bytes.After(until) {
			until, limit = r.bytes, LimitBytesPerSecond
		}
	}
	if !until.After(now) {
		return now, ""
	}
	return until, limit
}

func fillBucket(t *time.Time, n, rate int, now time.Time) {
	if least := now.Add(-rateBurst); t.Before(least) {
		*t = least
	}
	*t = t.Add(time.Duration(float64(n) / float64(rate) * float64(time.Second)))
}

// until is when the next message may be received.
func (r *rates) until() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes.After(r.messages) {
		return r.bytes
	}
	return r.messages
}

// countRate counts a message that was received. With CloseOverRate one that comes too soon closes the
// connection.
func (c *Conn) countRate(n int) error {
	_, limit := c.rates.add(&c.conf, n, time.Now())
	if limit == "" {
		return nil
	}
	c.hit(limit)
	if c.conf.CloseOverRate {
		return &protocol.Fault{Code: wsh.StatusPolicyViolation, What: "more than " + limit}
	}
	return nil
}

// awaitRate waits, without reading, until the next message may be received, but not beyond until unless that is
// the zero time. Meanwhile pings are answered, and TCP's flow control slows the client down.
func (c *Conn) awaitRate(until time.Time) error {
	d := time.Until(c.rates.until())
	if d <= 0 {
		return nil
	}
	late := !until.IsZero() && time.Until(until) < d
	if late {
		d = time.Until(until)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.phase.done(down):
		return c.broken()
	}
	if late {
		return wsh.ErrTimeout
	}
	return nil
}
