// Package metrics shows to Prometheus what a wshd counts.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wshd/host"
	"wshd/host/room"
)

// Source is where the numbers come from: each function is called at every scrape. All fields are required.
type Source struct {
	Version      string
	Host         func() host.Metrics
	Draining     func() bool
	Rooms        func() room.Stats
	Handlers     func() (serving, failing int)
	Events       func() map[string]int64         // what happened to handlers: loaded, reloaded, failed, killed, removed
	Reloads      func() map[string]int64         // of the configuration: done, failed
	Certificates func() map[string]time.Duration // how long they are valid yet, by file
	Ran          func() map[string]int64         // how long scripts ran, in nanoseconds; see script.Config
}

// Handler answers with all of them. Its registry is its own, so that there may be several.
func Handler(s Source) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{s})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r})
}

// metric is one of ours: its name without wshd_, what it says, its labels.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// all are ours, for Describe and for the test that holds the documentation to them.
var all []*prometheus.Desc

func counter(name, help string, labels ...string) metric {
	return describe(name, help, prometheus.CounterValue, labels)
}

func gauge(name, help string, labels ...string) metric {
	return describe(name, help, prometheus.GaugeValue, labels)
}

func describe(name, help string, kind prometheus.ValueType, labels []string) metric {
	m := metric{prometheus.NewDesc("wshd_"+name, help, labels, nil), kind}
	all = append(all, m.desc)
	return m
}

// Labels are paths of handlers, or words of ours: what clients send adds none.
var (
	info         = gauge("info", "1, with the version.", "version")
	draining     = gauge("draining", "1 while wshd is going down.")
	connections  = gauge("connections", "WebSocket connections now, those in their handshake included.", "path")
	messages     = counter("messages_total", "Messages that handlers received (in) and sent (out).", "path", "direction")
	payload      = counter("message_bytes_total", "Bytes of those messages, decompressed.", "path", "direction")
	closes       = counter("closes_total", "Connections that ended, by the first close code sent or received.", "path", "code")
	hookSeconds  = counter("hook_seconds", "How long calls of the handshake hooks took.", "path", "hook")
	hookErrors   = counter("hook_errors_total", "Calls of hooks that panicked or returned an error that is no answer.", "path", "hook")
	handshakes   = counter("handshakes_total", "Opening handshakes, by the status they were answered with.", "result")
	refused      = counter("refused_total", "Requests that were not let in, by reason.", "reason")
	limits       = counter("limit_hits_total", "Limits that were met, by their key in the configuration.", "limit")
	spoofed      = counter("ignored_forwarding_total", "Requests and connections with forwarding headers that came from no trusted proxy.")
	certificates = gauge("certificate_seconds_left", "How long a certificate, or the last authority of client certificates, is valid yet.", "file")
	rooms        = gauge("rooms", "Rooms with members.")
	members      = gauge("room_connections", "Connections that are in a room.")
	dropped      = counter("room_dropped_total", "Messages that clients too slow for a room lost.")
	overflowed   = counter("room_closed_total", "Clients too slow for a room that were closed with 1013.")
	remembered   = gauge("room_history_rooms", "Rooms that keep publications now.")
	history      = gauge("room_history_bytes", "What those publications take, about.")
	forgotten    = counter("room_forgotten_total", "Rooms idle longest that were forgotten, since all kept more than rooms.history_size.")
	connected    = gauge("rooms_connected", "1 while what lies beyond this process can be reached: NATS servers, or the store.")
	reconnects   = counter("rooms_reconnects_total", "Connections to it that were lost and came again.")
	unsent       = counter("rooms_unsent_total", "Publications that reached the members of this host only.")
	late         = counter("rooms_late_total", "Publishes that were not answered in time, and tried anew.")
	gaps         = counter("rooms_gaps_total", "Rooms whose members were closed with 1013, since they might have missed something.")
	lag          = gauge("rooms_lag_seconds", "From the storing of the last publication until it was here; 0 after a minute without one.")
	handlers     = gauge("handlers", "Paths of handlers: serving, and failing to load as they are now.", "state")
	events       = counter("handler_events_total", "What happened to handlers. killed is one that used too much processor time.", "event")
	scripts      = counter("script_seconds_total", "How long calls of a script ran without waiting, if that was for a thousand rounds of a loop or more.", "script")
	reloads      = counter("reloads_total", "Reloads of the configuration.", "result")
)
