package host

import (
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"wshd/host/session"
	"wshd/host/stream"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Metrics are the counts of a Server since it began. What passes over a connection is counted by the
// connection itself and added up here, so that a message costs nothing more.
type Metrics struct {
	Paths      map[string]PathMetrics // of handlers, as they were asked for
	Handshakes map[string]int64       // by the status they were answered with, or "aborted"
	Refused    map[string]int64       // requests that were not let in, by reason
	Limits     map[string]int64       // that were met, by name
	Spoofed    uint64                 // requests and connections that named a client, and were not believed
}

// PathMetrics are the counts of one path.
type PathMetrics struct {
	Connections             int // now
	MessagesIn, MessagesOut int64
	BytesIn, BytesOut       int64
	Closes                  map[string]int64 // connections that have ended, by close code
	Hooks                   map[string]HookMetrics
}

// HookMetrics are the counts of one hook.
type HookMetrics struct {
	Count, Errors int64
	Seconds       float64
	Buckets       [len(HookBuckets)]int64 // those that took no longer than the bound, and longer than the one before
}

// HookBuckets are the bounds of HookMetrics.Buckets, in seconds.
var HookBuckets = [...]float64{.0001, .00025, .001, .0025, .01, .025, .1, .25, 1, 2.5, 10}

// ledger is what has been counted of connections that ended and of hooks.
type ledger struct {
	mu    sync.Mutex
	paths map[string]*PathMetrics
}

// path finds or makes a path's counts; l.mu is held.
func (l *ledger) path(path string) *PathMetrics {
	p := l.paths[path]
	if p == nil {
		if l.paths == nil {
			l.paths = map[string]*PathMetrics{}
		}
		p = &PathMetrics{Closes: map[string]int64{}, Hooks: map[string]HookMetrics{}}
		l.paths[path] = p
	}
	return p
}

// hook changes a hook's counts.
func (l *ledger) hook(path, hook string, change func(*HookMetrics)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.path(path)
	m := p.Hooks[hook]
	change(&m)
	p.Hooks[hook] = m
}

func (m *HookMetrics) took(d time.Duration) {
	m.Count++
	m.Seconds += d.Seconds()
	for i, bound := range HookBuckets {
		if d.Seconds() <= bound {
			m.Buckets[i]++
			break
		}
	}
}

// addUp adds up what a session was. s.mu is held, so that Metrics sees it once.
func (s *Server) addUp(x session.Connection) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	p, n := s.ledger.path(x.Info().Resource), x.Stats()
	p.add(n)
	if x.Accepted() {
		p.Closes[codeLabel(n.CloseCode)]++
	}
}

func (p *PathMetrics) add(n stream.Stats) {
	p.MessagesIn += n.MessagesIn
	p.MessagesOut += n.MessagesOut
	p.BytesIn += n.BytesIn
	p.BytesOut += n.BytesOut
}

// codeLabel bounds the number of codes: clients make up their own.
func codeLabel(code wsh.StatusCode) string {
	switch {
	case code >= 1000 && code <= 1015:
		return strconv.Itoa(int(code))
	case code >= 3000 && code <= 3999:
		return "3xxx"
	case code >= 4000 && code <= 4999:
		return "4xxx"
	}
	return "other"
}

// countRefusal logs, and counts, a request that may not come in.
func (s *Server) countRefusal(level slog.Level, log *slog.Logger, reason string) {
	s.countRefusalOf(level, log, reason, "")
}

// countRefusalOf is countRefusal for a subject, the first refusal of which is logged at once.
func (s *Server) countRefusalOf(level slog.Level, log *slog.Logger, reason, subject string) {
	s.refusedFor.Add(reason)
	s.refusals.AddAt(level, log, reason, subject)
}

// HandlerRefused logs and counts a plain request that a handler has refused, as if the Server had.
func (s *Server) HandlerRefused(log *slog.Logger, q *http.Request, status int, reason string) {
	s.countRefusal(slog.LevelWarn, log.With("status", status, "resource", protocol.Shorten(q.URL.Path), "remote", q.RemoteAddr), reason)
}

// countHandshake counts a handshake by its answer.
func (s *Server) countHandshake(q *http.Request, status int) {
	if isHandshake(q) {
		s.handshakes.Add(strconv.Itoa(status))
	}
}

// Metrics counts.
func (s *Server) Metrics() Metrics {
	m := Metrics{Paths: map[string]PathMetrics{}, Handshakes: s.handshakes.Counts(), Refused: s.refusedFor.Counts(),
		Limits: s.limits.Counts(), Spoofed: s.spoofed.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	for path, p := range s.ledger.paths {
		c := *p
		c.Closes, c.Hooks = maps.Clone(p.Closes), maps.Clone(p.Hooks)
		m.Paths[path] = c
	}
	for x := range s.sessions {
		path := x.Info().Resource
		p, ok := m.Paths[path]
		if !ok {
			p = PathMetrics{Closes: map[string]int64{}, Hooks: map[string]HookMetrics{}}
		}
		p.Connections++
		p.add(x.Stats())
		m.Paths[path] = p
	}
	return m
}
