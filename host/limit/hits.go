package limit

import (
	"maps"
	"sync"
)

// Hits counts, for each limit, how often it was met. The zero value is ready for use.
type Hits struct {
	mu     sync.Mutex
	counts map[string]int64
}

// Add counts a limit.
func (h *Hits) Add(limit string) { h.AddN(limit, 1) }

// AddN counts n.
func (h *Hits) AddN(limit string, n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.counts == nil {
		h.counts = map[string]int64{}
	}
	h.counts[limit] += n
}

// Counts is a copy of all counts.
func (h *Hits) Counts() map[string]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.counts)
}
