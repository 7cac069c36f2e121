package metrics

import (
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"wshd/host"
	"wshd/host/room"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

func one(name string) func() map[string]int64 {
	return func() map[string]int64 { return map[string]int64{name: 7} }
}

// source has something of everything.
func source() Source {
	hook := host.HookMetrics{Count: 3, Errors: 1, Seconds: 1.5}
	hook.Buckets[0], hook.Buckets[8] = 2, 1
	return Source{
		Version: "v1",
		Host: func() host.Metrics {
			return host.Metrics{
				Paths: map[string]host.PathMetrics{"/a": {Connections: 2, MessagesIn: 3, MessagesOut: 4, BytesIn: 5, BytesOut: 6,
					Closes: one("1006")(), Hooks: map[string]host.HookMetrics{"DoExtraHandshake": hook, "TransferData": hook}}},
				Handshakes: one("101")(), Refused: one("no credentials")(), Limits: one("lifetime")(), Spoofed: 9,
			}
		},
		Draining:     func() bool { return true },
		Rooms:        func() room.Stats { return room.Stats{Rooms: 1, Members: 2, Dropped: 3, Closed: 4} },
		Handlers:     func() (int, int) { return 5, 6 },
		Events:       one("reloaded"),
		Reloads:      one("done"),
		Certificates: func() map[string]time.Duration { return map[string]time.Duration{"cert.pem": time.Hour} },
		Ran:          func() map[string]int64 { return map[string]int64{"a_wsh.go": 2.5e9} },
	}
}

func TestEverythingIsShown(t *testing.T) {
	h := Handler(source())
	Handler(source()) // a second one has a registry of its own
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	lines := map[string]bool{}
	for line := range strings.Lines(w.Body.String()) {
		lines[strings.TrimSpace(line)] = true
	}
	for _, want := range []string{
		`wshd_script_seconds_total{script="a_wsh.go"} 2.5`, `wshd_certificate_seconds_left{file="cert.pem"} 3600`, `wshd_info{version="v1"} 1`, `wshd_draining 1`, `wshd_connections{path="/a"} 2`,
		`wshd_messages_total{direction="in",path="/a"} 3`, `wshd_messages_total{direction="out",path="/a"} 4`,
		`wshd_message_bytes_total{direction="in",path="/a"} 5`, `wshd_message_bytes_total{direction="out",path="/a"} 6`,
		`wshd_closes_total{code="1006",path="/a"} 7`,
		`wshd_hook_seconds_bucket{hook="DoExtraHandshake",path="/a",le="0.0001"} 2`,
		`wshd_hook_seconds_bucket{hook="DoExtraHandshake",path="/a",le="0.25"} 2`,
		`wshd_hook_seconds_bucket{hook="DoExtraHandshake",path="/a",le="1"} 3`,
		`wshd_hook_seconds_count{hook="DoExtraHandshake",path="/a"} 3`, `wshd_hook_seconds_sum{hook="DoExtraHandshake",path="/a"} 1.5`,
		`wshd_hook_errors_total{hook="TransferData",path="/a"} 1`,
		`wshd_handshakes_total{result="101"} 7`, `wshd_refused_total{reason="no credentials"} 7`,
		`wshd_limit_hits_total{limit="lifetime"} 7`, `wshd_ignored_forwarding_total 9`,
		`wshd_rooms 1`, `wshd_room_connections 2`, `wshd_room_dropped_total 3`, `wshd_room_closed_total 4`,
		`wshd_handlers{state="serving"} 5`, `wshd_handlers{state="failing"} 6`,
		`wshd_handler_events_total{event="reloaded"} 7`, `wshd_reloads_total{result="done"} 7`,
	} {
		if !lines[want] {
			t.Errorf("no line %s", want)
		}
	}
	if lines[`wshd_hook_seconds_count{hook="TransferData",path="/a"} 3`] {
		t.Error("the life of a connection is taken for the time of a hook")
	}
	for _, of := range []string{"go_goroutines ", "process_open_fds "} {
		if !strings.Contains(w.Body.String(), of) {
			t.Errorf("nothing of %s", of)
		}
	}
}

// TestEveryMetricIsDocumented: docs/operations.md tells of each, and of no other.
func TestEveryMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(wshd_[a-z_]+)").FindAllStringSubmatch(string(text), -1) {
		told[m[1]] = true
	}
	for _, d := range all {
		name := regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1]
		if !told[name] {
			t.Errorf("docs/operations.md does not tell of %s", name)
		}
		delete(told, name)
	}
	for name := range told {
		t.Errorf("docs/operations.md tells of %s, which there is not", name)
	}
}
