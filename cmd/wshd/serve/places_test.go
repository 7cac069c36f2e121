package serve

import (
	"net/netip"
	"testing"
	"time"

	"wshd/host/limit"
)

func TestConnectionsAreAsManyAsThereAreDescriptorsFor(t *testing.T) {
	for _, tt := range []struct{ connections, descriptors, want int }{
		{0, 1024, 896}, {0, 256, 160}, {0, 100, 50}, {0, 1 << 20, 1<<20 - 1024}, {0, unbounded, 0},
		{10, 1024, 10}, {2000, 1024, 2000},
	} {
		if got := placesOf(tt.connections, tt.descriptors); got != tt.want {
			t.Errorf("%d with %d descriptors: got %d, want %d", tt.connections, tt.descriptors, got, tt.want)
		}
	}
	if n := descriptors(); n < 16 {
		t.Errorf("%d descriptors", n)
	}
}

// TestOneClientLeavesTheAdminSideToOthers: what asks whether wshd is healthy is often what ends it if nobody
// answers.
func TestOneClientLeavesTheAdminSideToOthers(t *testing.T) {
	var accepted limit.Accepted
	bounds := limit.Bounds{Connections: adminPlaces}
	enter := func(client string) *limit.Excess {
		conn, no := accepted.Add(netip.MustParsePrefix(client), bounds, time.Now(), func() {})
		if conn != nil {
			conn.Busy()
		}
		return no
	}
	for range 2 * adminPlaces {
		enter("192.0.2.1/32")
	}
	if no := enter("192.0.2.2/32"); no != nil {
		t.Errorf("another client: got %+v", no)
	}
}
