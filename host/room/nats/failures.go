package nats

import (
	"log/slog"
	"slices"
	"sync"
)

// failures are what has gone wrong and been logged: each thing once, until it goes well.
type failures struct {
	mu   sync.Mutex
	what map[string]string
}

// wrong logs err, unless that is what was logged of this already.
func (t *failures) wrong(log *slog.Logger, what string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.what[what] == err.Error() {
		return
	}
	if t.what == nil {
		t.what = map[string]string{}
	}
	t.what[what] = err.Error()
	log.Error("rooms unavailable", "reason", what, "err", err)
}

// well logs that it goes well, if it did not.
func (t *failures) well(log *slog.Logger, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.what[what] != "" {
		delete(t.what, what)
		log.Info("rooms available again", "reason", what)
	}
}

// all is what goes wrong now.
func (t *failures) all() (list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for what, err := range t.what {
		list = append(list, what+": "+err)
	}
	slices.Sort(list)
	return list
}

// signal wakes those that wait for something to happen.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed when it happens next.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) happens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
