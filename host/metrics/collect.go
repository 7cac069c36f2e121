package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wshd/host"
)

// collector makes metrics of a Source.
type collector struct{ s Source }

// Describe implements prometheus.Collector.
func (collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range all {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	put := func(m metric, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
	}
	each := func(m metric, counts map[string]int64) {
		for label, n := range counts {
			put(m, float64(n), label)
		}
	}
	put(info, 1, c.s.Version)
	put(draining, number(c.s.Draining()))
	h := c.s.Host()
	for path, p := range h.Paths {
		collectPath(to, put, path, p)
	}
	each(handshakes, h.Handshakes)
	each(refused, h.Refused)
	each(limits, h.Limits)
	put(spoofed, float64(h.Spoofed))
	r := c.s.Rooms()
	put(rooms, float64(r.Rooms))
	put(members, float64(r.Members))
	put(dropped, float64(r.Dropped))
	put(overflowed, float64(r.Closed))
	put(remembered, float64(r.Remembered))
	put(history, float64(r.HistoryBytes))
	put(forgotten, float64(r.Forgotten))
	if backend := r.Backend; backend != nil {
		put(connected, number(backend.Connected))
		put(reconnects, float64(backend.Reconnects))
		put(unsent, float64(backend.Unsent))
		put(late, float64(backend.Late))
		put(gaps, float64(backend.Gaps))
		put(lag, backend.Lag.Seconds())
	}
	serving, failing := c.s.Handlers()
	put(handlers, float64(serving), "serving")
	put(handlers, float64(failing), "failing")
	each(events, c.s.Events())
	each(reloads, c.s.Reloads())
	for file, left := range c.s.Certificates() {
		put(certificates, left.Seconds(), file)
	}
	for script, n := range c.s.Ran() {
		put(scripts, time.Duration(n).Seconds(), script)
	}
}

func collectPath(to chan<- prometheus.Metric, put func(metric, float64, ...string), path string, p host.PathMetrics) {
	put(connections, float64(p.Connections), path)
	put(messages, float64(p.MessagesIn), path, "in")
	put(messages, float64(p.MessagesOut), path, "out")
	put(payload, float64(p.BytesIn), path, "in")
	put(payload, float64(p.BytesOut), path, "out")
	for code, n := range p.Closes {
		put(closes, float64(n), path, code)
	}
	for hook, m := range p.Hooks {
		put(hookErrors, float64(m.Errors), path, hook)
		if hook == "TransferData" { // it takes as long as the connection
			continue
		}
		buckets, sum := map[float64]uint64{}, uint64(0)
		for i, bound := range host.HookBuckets {
			sum += uint64(m.Buckets[i])
			buckets[bound] = sum
		}
		to <- prometheus.MustNewConstHistogram(hookSeconds.desc, uint64(m.Count), m.Seconds, buckets, path, hook)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
