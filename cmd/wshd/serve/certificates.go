package serve

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/host/listen"
)

// lookEvery is how often the files of certificates are looked at. What cannot be used is told at the second
// look: a certificate and its key are not replaced in one moment.
const lookEvery = 5 * time.Second

// certificates tells of certificates that cannot be used, or soon will not be.
type certificates struct {
	log *slog.Logger

	mu   sync.Mutex
	list []*certificate
}

// certificate is the file of one, or of the authorities of clients.
type certificate struct {
	*listen.Watch
	where string // the key that names it
	until time.Time
	stage int    // of stages, the last that was told
	wrong string // the state of files that cannot be used, at the last look; "": they can
	told  string // the last such state that was told
}

// stages are how long before its end a certificate is told of.
var stages = []time.Duration{30 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour, 0}

// watchCertificates begins with those of all addresses, each once.
func watchCertificates(s *config.Settings, log *slog.Logger) *certificates {
	c := &certificates{log: log}
	var seen []listen.TLS
	for _, a := range s.Listen {
		t := s.TLSOf(a)
		if slices.Contains(seen, t) {
			continue
		}
		seen = append(seen, t)
		for _, w := range t.Watches() {
			where := s.Where("tls.certificate")
			if w.File == t.ClientCA {
				where = s.Where("tls.client_ca")
			}
			if a.TLS != (listen.TLS{}) {
				where = s.Where("listen")
			}
			c.list = append(c.list, &certificate{Watch: w, where: where})
		}
	}
	return c
}

// watch looks until ctx ends.
func (c *certificates) watch(ctx context.Context) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case now := <-ticks.C:
			c.look(now)
		case <-ctx.Done():
			return
		}
	}
}

// look looks at all of them, and tells what is new.
func (c *certificates) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.list {
		s := x.Look()
		switch {
		case s.Err == nil:
			x.wrong = ""
		case s.State != x.wrong:
			x.wrong = s.State
		case s.State != x.told:
			x.told = s.State
			c.log.Warn("certificate not renewed, the one before goes on", "reason", x.where+": "+s.Err.Error())
		}
		c.tell(x, s, now)
	}
}

// tell tells that a certificate is another, and how near its end is.
func (c *certificates) tell(x *certificate, s listen.Sight, now time.Time) {
	if !s.Until.Equal(x.until) {
		if !x.until.IsZero() {
			c.log.Info("certificate renewed", "reason", fmt.Sprintf("%s: %s ends at %s", x.where, x.File, date(s.Until)))
		}
		x.until, x.stage = s.Until, 0
		if now.Before(s.From) {
			c.log.Warn("certificate not valid", "reason", fmt.Sprintf("%s: %s is not valid before %s", x.where, x.File, date(s.From)))
		}
	}
	left, stage := x.until.Sub(now), 0
	for i, before := range stages {
		if left <= before {
			stage = i + 1
		}
	}
	if x.until.IsZero() || stage <= x.stage {
		return
	}
	x.stage = stage
	if left <= 0 {
		c.log.Warn("certificate not valid", "reason", fmt.Sprintf("%s: %s expired at %s", x.where, x.File, date(x.until)))
		return
	}
	c.log.Warn("certificate ends soon", "reason", fmt.Sprintf("%s: %s ends at %s", x.where, x.File, date(x.until)), "dur", left.Round(time.Minute))
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// left is how long each has until its end, by file.
func (c *certificates) left() map[string]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := map[string]time.Duration{}
	for _, x := range c.list {
		if !x.until.IsZero() {
			left[x.File] = time.Until(x.until)
		}
	}
	return left
}
