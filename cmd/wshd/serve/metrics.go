package serve

import (
	"sync/atomic"

	"wshd/host"
	"wshd/host/limit"
	"wshd/host/metrics"
	"wshd/plugins"
)

// counts are what is counted here, for the metrics.
type counts struct {
	events   limit.Hits                       // what happened to handlers
	reloads  limit.Hits                       // of the configuration
	ran      limit.Hits                       // nanoseconds of scripts
	registry atomic.Pointer[plugins.Registry] // the present one: a reload may change it
}

// openMetrics makes the handler that shows all there is to count.
func (h *hosting) openMetrics() {
	for k := plugins.Loaded; k <= plugins.Warning; k++ { // from 0 on, for who asks how they grow
		h.counts.events.AddN(k.String(), 0)
	}
	for _, result := range []string{"done", "failed"} {
		h.counts.reloads.AddN(result, 0)
	}
	h.metrics = metrics.Handler(metrics.Source{
		Version:      h.Version,
		Host:         h.hostMetrics,
		Draining:     h.server.Draining,
		Rooms:        h.roomStats,
		Handlers:     h.counts.handlers,
		Events:       h.counts.events.Counts,
		Reloads:      h.counts.reloads.Counts,
		Certificates: h.certificates.left,
		Ran:          h.counts.ran.Counts,
	})
}

// hostMetrics are those of the host, with what the admin side has refused.
func (h *hosting) hostMetrics() host.Metrics {
	m := h.server.Metrics()
	if h.admin != nil {
		of := h.admin.server.Metrics()
		m.Refused, m.Limits = sums(m.Refused, of.Refused), sums(m.Limits, of.Limits)
	}
	return m
}

func sums(a, b map[string]int64) map[string]int64 {
	all := map[string]int64{}
	for _, counts := range []map[string]int64{a, b} {
		for name, n := range counts {
			all[name] += n
		}
	}
	return all
}

// handlers counts the paths that are served, and those whose script does not load as it is now.
func (c *counts) handlers() (serving, failing int) {
	for _, r := range c.registry.Load().Routes() {
		if r.Version > 0 {
			serving++
		}
		if r.Err != nil {
			failing++
		}
	}
	return serving, failing
}
