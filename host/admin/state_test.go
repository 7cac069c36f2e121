package admin

import (
	"encoding/json"
	"net/http"
	"testing"

	"wshd/host/room"
	"wshd/plugins/wsh/wshtest"
)

func TestHowTheRoomsAre(t *testing.T) {
	for _, tt := range []struct {
		name           string
		stats          room.Stats
		ready, strict  int
		body           string
		backend, where string
	}{
		{"nothing lies beyond", room.Stats{Rooms: 1}, 200, 200, "ok\n", "", ""},
		{"connected", room.Stats{Backend: &room.Backend{Connected: true}}, 200, 200, "ok\n", "connected", "NATS"},
		{"disconnected", room.Stats{Backend: &room.Backend{Wrong: []string{"rooms.nats.servers: dial 10.0.0.7: refused"}}}, 200, 503,
			"ok\nrooms: NATS cannot be reached\n", "disconnected", "NATS"},
		{"the folder is not ours", room.Stats{Backend: &room.Backend{Store: true}}, 200, 503, "ok\nrooms: store cannot be reached\n", "disconnected", "store"},
		{"a stream is not ours", room.Stats{Backend: &room.Backend{Connected: true, Wrong: []string{"rooms.history chat: secrets"}}}, 200, 503,
			"ok\nrooms: unavailable: rooms.history chat\n", "connected", "NATS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testConfig()
			c.Rooms = &Rooms{Stats: func() room.Stats { return tt.stats }}
			a := newAdmin(t, c)
			if got := get(a, "GET", "/readyz"); got.Code != tt.ready || got.Body.String() != tt.body {
				t.Errorf("/readyz: got %d %q, want %d %q", got.Code, got.Body, tt.ready, tt.body)
			}
			if got := get(a, "GET", "/readyz?rooms"); got.Code != tt.strict {
				t.Errorf("/readyz?rooms: got %d %q, want %d", got.Code, got.Body, tt.strict)
			}
			d := wshtest.Dialer{Resource: "/status", Header: http.Header{"Authorization": {"Bearer " + token}}}.Dial(t, a.Handler())
			var n news
			if err := json.Unmarshal(d.Receive().Data, &n); err != nil {
				t.Fatal(err)
			}
			if n.Rooms == nil || n.Rooms.Backend != tt.backend || n.Rooms.Where != tt.where || n.Rooms.Rooms != tt.stats.Rooms {
				t.Errorf("the page is told %+v", n.Rooms)
			}
		})
	}
}
