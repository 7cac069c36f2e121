package logs

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Whatever clients do, the log grows no faster than this. Of each message, which is a constant phrase but
// for what scripts log, so many lines may come at once, and so many a second from then on. What scripts
// print is one message, and has ten times as much.
const (
	atOnce    = 600
	perSecond = 10
	printed   = "script output"
	summary   = time.Minute // how often it is said how many were left out
	phrases   = 256         // messages that are counted apart; all others are one
)

// flood lets lines through as long as there are not too many of a kind, and tells how many are left out.
type flood struct {
	now func() time.Time
	say func(slog.Record)

	mu     sync.Mutex
	kinds  map[string]*kind
	looked time.Time // when forget last went through the kinds
	closed bool
}

// kind is the lines of one message.
type kind struct {
	message string
	rate    *rate.Limiter
	left    int // out, since that was last said
	level   slog.Level
	timer   *time.Timer // runs while some have been left out
}

func newFlood(now func() time.Time, say func(slog.Record)) *flood {
	return &flood{now: now, say: say, kinds: map[string]*kind{}}
}

// lets reports whether a line may be written. Who asks for more than info gets all of it.
func (f *flood) lets(r slog.Record) bool {
	if r.Level < slog.LevelInfo {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.kind(r.Message)
	if f.closed || k.rate.AllowN(f.now(), 1) {
		return true
	}
	k.left++
	k.level = max(k.level, r.Level)
	if k.timer == nil {
		k.timer = time.AfterFunc(summary, func() { f.tell(k) })
	}
	return false
}

// kind finds or makes the kind of a message; f.mu is held.
func (f *flood) kind(message string) *kind {
	if f.kinds[message] == nil && len(f.kinds) >= phrases {
		f.forget()
	}
	if f.kinds[message] == nil && len(f.kinds) >= phrases {
		message = "other messages"
	}
	k := f.kinds[message]
	if k == nil {
		k = &kind{message: message, rate: rate.NewLimiter(perSecond, atOnce), level: slog.LevelInfo}
		if message == printed {
			k.rate = rate.NewLimiter(10*perSecond, 10*atOnce)
		}
		f.kinds[message] = k
	}
	return k
}

// forget drops the kinds that have not been heard of for so long that they are as new. It looks once a
// second: else the lines of a flood would cost more than to write them.
func (f *flood) forget() {
	if f.now().Sub(f.looked) < time.Second {
		return
	}
	f.looked = f.now()
	for message, k := range f.kinds {
		if k.left == 0 && k.rate.TokensAt(f.now()) >= float64(k.rate.Burst()) {
			delete(f.kinds, message)
		}
	}
}

// tell says how many lines of a kind were left out.
func (f *flood) tell(k *kind) {
	f.mu.Lock()
	r, some := f.summary(k)
	f.mu.Unlock()
	if some {
		f.say(r)
	}
}

// summary is the line that says so; f.mu is held.
func (f *flood) summary(k *kind) (r slog.Record, some bool) {
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	if k.left == 0 {
		return r, false
	}
	r = slog.NewRecord(f.now(), k.level, "log lines left out", 0)
	r.AddAttrs(slog.String("reason", k.message), slog.Int("count", k.left))
	k.left, k.level = 0, slog.LevelInfo
	return r, true
}

// close tells of all kinds.
func (f *flood) close() {
	f.mu.Lock()
	f.closed = true
	var all []slog.Record
	for _, k := range f.kinds {
		if r, some := f.summary(k); some {
			all = append(all, r)
		}
	}
	f.mu.Unlock()
	for _, r := range all {
		f.say(r)
	}
}
