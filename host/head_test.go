//go:build unix

package host

import (
	"strings"
	"testing"

	"wshd/host/limit"
	"wshd/plugins/wsh"
)

func TestHeadsOfManyPiecesAreRefused(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: func(r *wsh.Request) error {
		r.RequestedProtocols = nil
		return nil
	}, TransferData: echo}}, Config{})
	lines := func(n int) []string { return strings.Split(strings.Repeat("X: y\n", n-1)+"X: y", "\n") }
	list := func(name string, n int, sep string) []string {
		return []string{name + ": " + strings.Repeat("a"+sep, n-1) + "a"}
	}
	for _, tt := range []struct {
		name   string
		change []string
		want   int
	}{
		{"95 headers more", lines(95), 101},
		{"97 headers more", lines(97), 431},
		{"8,000 small headers", lines(8000), 431},
		{"65 offers", list("Sec-WebSocket-Extensions", 65, ","), 101},
		{"66 offers", list("Sec-WebSocket-Extensions", 66, ","), 431},
		{"66 pieces of an offer", list("Sec-WebSocket-Extensions", 66, ";"), 431},
		{"offers in many headers", append(list("Sec-WebSocket-Extensions", 40, ","), list("Sec-WebSocket-Extensions", 40, ",")...), 431},
		{"64 kB of offers", list("Sec-WebSocket-Extensions", 30_000, ","), 431},
		{"65 subprotocols", list("Sec-WebSocket-Protocol", 65, ","), 101},
		{"66 subprotocols", list("Sec-WebSocket-Protocol", 66, ","), 431},
		{"64 kB of subprotocols", list("Sec-WebSocket-Protocol", 30_000, ","), 431},
	} {
		if res, body := dial(t, h.addr).request(head("/x", tt.change...)); res.StatusCode != tt.want {
			t.Errorf("%s: got %s: %s, want %d", tt.name, res.Status, body, tt.want)
		}
	}
	h.log.wait(t, "request refused", "status=431", `reason="too many headers"`)
	if n := h.limits.Counts()[limit.HeaderSize]; n != 8 {
		t.Errorf("counted %d, want 8", n)
	}
}

func TestAHeadIsKeptAsItWeighs(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	connect(t, h.addr, "/x") // what is made once
	const clients = 20
	for _, tt := range []struct {
		name string
		head string
	}{
		{"the longest", head("/x?"+strings.Repeat("q", 30_000), "Cookie: "+strings.Repeat("c", 30_000))},
		{"the most pieces", head("/x", "Sec-WebSocket-Extensions: "+strings.Repeat("a;b,", 31)+"a")},
	} {
		before := memoryInUse()
		for range clients {
			dial(t, h.addr).openedBy(tt.head)
		}
		each, may := (memoryInUse()-before)/clients, anyway/2+len(tt.head)
		t.Logf("%s: %d bytes for %d", tt.name, each, len(tt.head))
		if each > may {
			t.Errorf("%s: a connection whose head has %d bytes holds %d, want at most %d", tt.name, len(tt.head), each, may)
		}
	}
}
