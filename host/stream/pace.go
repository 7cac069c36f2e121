package stream

import (
	"sync"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// pace is how much has come lately, by the rates of Config. Its unit is time: each message costs what it
// may take at each of the rates, and one second is there to spend at once.
type pace struct {
	mu              sync.Mutex
	messages, bytes time.Time // until when each rate is used up
}

const paceBurst = time.Second

// spend counts a message of n bytes, and returns the moment from which the next may be received, and
// which limit says so: "" if that is now.
func (p *pace) spend(c *Config, n int, now time.Time) (until time.Time, limit string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.MessagesPerSecond > 0 {
		spend(&p.messages, 1, c.MessagesPerSecond, now)
		until, limit = p.messages, LimitMessagesPerSecond
	}
	if c.BytesPerSecond > 0 {
		spend(&p.bytes, n, c.BytesPerSecond, now)
		if p.bytes.After(until) {
			until, limit = p.bytes, LimitBytesPerSecond
		}
	}
	if !until.After(now) {
		return now, ""
	}
	return until, limit
}

func spend(t *time.Time, n, rate int, now time.Time) {
	if least := now.Add(-paceBurst); t.Before(least) {
		*t = least
	}
	*t = t.Add(time.Duration(float64(n) / float64(rate) * float64(time.Second)))
}

// wait is until when the next message has to wait.
func (p *pace) wait() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes.After(p.messages) {
		return p.bytes
	}
	return p.messages
}

// paced counts a message that has come. With CloseOverRate one that comes too soon ends the connection.
func (c *Conn) paced(n int) error {
	_, limit := c.pace.spend(&c.conf, n, time.Now())
	if limit == "" {
		return nil
	}
	c.hit(limit)
	if c.conf.CloseOverRate {
		return &protocol.Fault{Code: wsh.StatusPolicyViolation, What: "more than " + limit}
	}
	return nil
}

// awaitPace waits until the next message may be received, before anybody reads: meanwhile pings are
// answered, and TCP holds the client back. The zero until is as long as it takes.
func (c *Conn) awaitPace(until time.Time) error {
	d := time.Until(c.pace.wait())
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
	case <-c.down.done():
		return c.broken()
	}
	if late {
		return wsh.ErrTimeout
	}
	return nil
}
