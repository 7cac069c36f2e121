package admin

import (
	"sync"
	"time"
)

const (
	step  = 2 * time.Second // between two samples
	steps = 300             // that are kept: ten minutes
)

// Sample is what went on during one step, and how many connections were open at its end.
type Sample struct {
	At          int64 `json:"at"` // milliseconds since the start
	Open        int64 `json:"open"`
	MessagesIn  int64 `json:"messagesIn"`
	MessagesOut int64 `json:"messagesOut"`
	BytesIn     int64 `json:"bytesIn"`
	BytesOut    int64 `json:"bytesOut"`
}

// History samples the totals until Close. It outlives the Admins that show it.
type History struct {
	started time.Time
	totals  func() Totals
	stop    chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	samples []Sample
	n       int // ever taken
	last    Totals
	more    chan struct{} // closed when there is a further sample
}

// NewHistory begins a history of a host that started then. All its times are counted from there, by a
// clock that does not jump.
func NewHistory(started time.Time, totals func() Totals) *History {
	h := &History{started: started, totals: totals, stop: make(chan struct{}), done: make(chan struct{}),
		more: make(chan struct{}), last: totals()}
	go h.run()
	return h
}

// At is a time in milliseconds since the start.
func (h *History) At(t time.Time) int64 { return t.Sub(h.started).Milliseconds() }

func (h *History) run() {
	defer close(h.done)
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			h.sample(now)
		case <-h.stop:
			return
		}
	}
}

func (h *History) sample(now time.Time) {
	t := h.totals()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.samples) == steps {
		h.samples = append(h.samples[:0], h.samples[1:]...)
	}
	h.n++
	h.samples = append(h.samples, Sample{At: h.At(now), Open: t.Open,
		MessagesIn: t.MessagesIn - h.last.MessagesIn, MessagesOut: t.MessagesOut - h.last.MessagesOut,
		BytesIn: t.BytesIn - h.last.BytesIn, BytesOut: t.BytesOut - h.last.BytesOut})
	h.last = t
	close(h.more)
	h.more = make(chan struct{})
}

// since lists the samples after the n-th that are still kept, counts all, and returns what is closed when
// there are more.
func (h *History) since(n int) (samples []Sample, now int, more <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Sample{}, h.samples[max(0, len(h.samples)-(h.n-n)):]...), h.n, h.more
}

// Close ends the sampling.
func (h *History) Close() {
	close(h.stop)
	<-h.done
}
