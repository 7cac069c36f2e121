package door

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// window is how long refusals for the same reason are only counted.
const window = time.Minute

// maxReasons bounds what a Tally remembers: further reasons are one. They are constants, so that it
// is not reached.
const maxReasons = 64

// Tally logs refusals without flooding: the first for a reason at once, and then, for as long as
// there are more, a line a minute with their count. The zero value is ready for use.
type Tally struct {
	mu     sync.Mutex
	counts map[string]*count
	closed bool
}

// count is the refusals for a reason since the last line about it.
type count struct {
	n     int
	last  *slog.Logger // with what is to say of the last
	level slog.Level
	timer *time.Timer
}

// Add counts one refusal, of which log tells more, as a warning.
func (t *Tally) Add(log *slog.Logger, reason string) { t.AddAt(slog.LevelWarn, log, reason) }

// AddAt is Add at another level, always the same for a reason.
func (t *Tally) AddAt(level slog.Level, log *slog.Logger, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts[reason] == nil && len(t.counts) >= maxReasons {
		reason = "another"
	}
	if c := t.counts[reason]; c != nil {
		c.n++
		c.last = log
		return
	}
	log.Log(context.Background(), level, "request refused", "reason", reason)
	if t.closed {
		return
	}
	if t.counts == nil {
		t.counts = map[string]*count{}
	}
	c := &count{level: level}
	c.timer = time.AfterFunc(window, func() { t.tell(reason, c) })
	t.counts[reason] = c
}

// tell logs what was counted during a window, and begins another, or forgets the reason.
func (t *Tally) tell(reason string, c *count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if c.n == 0 {
		delete(t.counts, reason)
		return
	}
	c.report(reason)
	c.timer.Reset(window)
}

func (c *count) report(reason string) {
	c.last.Log(context.Background(), c.level, "requests refused", "reason", reason, "count", c.n)
	c.n, c.last = 0, nil
}

// Close logs what has been counted since the last lines.
func (t *Tally) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for reason, c := range t.counts {
		c.timer.Stop()
		if c.n > 0 {
			c.report(reason)
		}
	}
	t.counts = nil
}
