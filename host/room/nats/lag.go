package nats

import (
	"sync"
	"time"
)

// lag is how long the last publication was on its way, which says nothing any more of what goes on when that
// was a minute ago.
type lag struct {
	mu   sync.Mutex
	came time.Time
	took time.Duration
}

// note notes that a publication has come that was stored at that time, by the server's clock.
func (l *lag) note(stored time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.came = time.Now()
	l.took = max(0, l.came.Sub(stored))
}

func (l *lag) now() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.came) > time.Minute {
		return 0
	}
	return l.took
}
