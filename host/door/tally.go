package door

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// window is how long further refusals for the same reason are counted without a log line.
const window = time.Minute

// maxReasons bounds what a Tally remembers: further reasons are one. They are constants, so that it
// is not reached.
const maxReasons = 64

// maxSubjects bounds how many refusals for the same reasons are told apart by what was asked for: such as
// an origin, or a path without a handler. Further ones are counted with the reason alone.
const maxSubjects = 16

// Tally logs refusals without flooding: the first for a reason at once, and then, for as long as
// there are more, a line a minute with their count. The zero value is ready for use.
type Tally struct {
	mu       sync.Mutex
	counts   map[kind]*count
	subjects int // in counts
	closed   bool
}

// kind is what refusals are counted by: a reason and a subject, which may be a client's text; "": there is
// none.
type kind struct{ reason, subject string }

// count is how many refusals of a kind there were since its last line.
type count struct {
	n     int
	last  *slog.Logger // with what is to say of the last
	level slog.Level
	timer *time.Timer
}

// Add counts one refusal, of which log tells more, as a warning.
func (t *Tally) Add(log *slog.Logger, reason string) { t.AddAt(slog.LevelWarn, log, reason, "") }

// AddAt is Add at another level, always the same for a reason. The first refusal of another subject is
// told at once too.
func (t *Tally) AddAt(level slog.Level, log *slog.Logger, reason, subject string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := kind{reason, subject}
	if subject != "" && t.counts[of] == nil && t.subjects >= maxSubjects {
		of.subject = ""
	}
	if of.subject == "" && t.counts[of] == nil && len(t.counts)-t.subjects >= maxReasons {
		of.reason = "another"
	}
	if c := t.counts[of]; c != nil {
		c.n++
		c.last = log
		return
	}
	log.Log(context.Background(), level, "request refused", "reason", of.reason)
	if t.closed {
		return
	}
	if t.counts == nil {
		t.counts = map[kind]*count{}
	}
	c := &count{level: level}
	c.timer = time.AfterFunc(window, func() { t.tell(of, c) })
	t.counts[of] = c
	if of.subject != "" {
		t.subjects++
	}
}

// tell logs what was counted during a window, and begins another, or forgets the kind.
func (t *Tally) tell(of kind, c *count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if c.n == 0 {
		delete(t.counts, of)
		if of.subject != "" {
			t.subjects--
		}
		return
	}
	c.report(of.reason)
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
	for of, c := range t.counts {
		c.timer.Stop()
		if c.n > 0 {
			c.report(of.reason)
		}
	}
	t.counts = nil
}
