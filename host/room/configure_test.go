package room

import (
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// TestBoundsChangeForThoseWhoAreThere: a queue that is full by the new bound is dealt with by the new
// rule.
func TestBoundsChangeForThoseWhoAreThere(t *testing.T) {
	h := &Hub{Queue: 4}
	c := newClient()
	leave := join(h, "r", member("a"), c)
	publish(t, h, "r", "1")
	c.expect(t, "1") // being written; from here on they wait
	publish(t, h, "r", "2", "3")
	h.Configure(1, 0, Close)
	select {
	case code := <-c.failed:
		t.Fatalf("closed with %d by the change alone", code)
	default:
	}
	publish(t, h, "r", "4")
	if code := <-c.failed; code != wsh.StatusTryAgainLater {
		t.Errorf("got %d, want 1013", code)
	}
	close(c.result)
	leave(time.Time{})
	h.Close()
}
