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
	At          int64 `json:"at"` // Unix time in milliseconds
	Open        int64 `json:"open"`
	MessagesIn  int64 `json:"messagesIn"`
	MessagesOut int64 `json:"messagesOut"`
	BytesIn     int64 `json:"bytesIn"`
	BytesOut    int64 `json:"bytesOut"`
}

// history samples the totals.
type history struct {
	totals func() Totals
	stop   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	samples []Sample
	last    Totals
	more    chan struct{} // closed when there is a further sample
}

func newHistory(totals func() Totals) *history {
	h := &history{totals: totals, stop: make(chan struct{}), done: make(chan struct{}), more: make(chan struct{}), last: totals()}
	go h.run()
	return h
}

func (h *history) run() {
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

func (h *history) sample(now time.Time) {
	t := h.totals()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.samples) == steps {
		h.samples = append(h.samples[:0], h.samples[1:]...)
	}
	h.samples = append(h.samples, Sample{At: now.UnixMilli(), Open: t.Open,
		MessagesIn: t.MessagesIn - h.last.MessagesIn, MessagesOut: t.MessagesOut - h.last.MessagesOut,
		BytesIn: t.BytesIn - h.last.BytesIn, BytesOut: t.BytesOut - h.last.BytesOut})
	h.last = t
	close(h.more)
	h.more = make(chan struct{})
}

// since lists the samples after a time, and returns what is closed when there are more.
func (h *history) since(at int64) ([]Sample, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []Sample{}
	for _, s := range h.samples {
		if s.At > at {
			list = append(list, s)
		}
	}
	return list, h.more
}

func (h *history) close() {
	close(h.stop)
	<-h.done
}
