package room

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestReachFindsOneOrAllOfAUser(t *testing.T) {
	h := &Hub{Offer: offerReady}
	a, b, c := &ready{willing: true}, &ready{}, fastClient()
	goneA := h.Register(wsh.Connection{ID: "a", User: "ann", Stream: a})
	h.Register(wsh.Connection{ID: "b", User: "ann", Stream: b})
	h.Register(wsh.Connection{ID: "c", Stream: c})
	reach := func(to wsh.Addressee, text string) {
		t.Helper()
		if err := h.Direct(to, wsh.Action{Message: wsh.Text(text)}); err != nil {
			t.Error(err)
		}
		h.deliveries.Wait()
	}
	reach(wsh.Addressee{Member: "c"}, "1")
	c.expect(t, "1")
	reach(wsh.Addressee{User: "ann"}, "2")
	a.want(t, "offer 2")
	b.want(t, "queue 2")
	if err := h.Direct(wsh.Addressee{Member: "c"}, wsh.Action{Code: 4000}); err != nil || <-c.failed != 4000 {
		t.Errorf("not closed with 4000: %v", err)
	}
	goneA()
	reach(wsh.Addressee{User: "ann"}, "3")
	a.want(t)
	b.want(t, "queue 3")
	for _, to := range []wsh.Addressee{{Member: "a"}, {Member: "ann"}, {User: "bob"}, {User: "c"}, {}} {
		if err := h.Direct(to, wsh.Action{}); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%v: got %v, want ErrNotFound", to, err)
		}
	}
	if len(h.outboxes) != 0 {
		t.Errorf("%d queues are left", len(h.outboxes))
	}
}

// TestWhatIsSentToOneIsQueuedWithItsRooms: in order, and within the same bounds.
func TestWhatIsSentToOneIsQueuedWithItsRooms(t *testing.T) {
	h := &Hub{Queue: 3}
	c := newClient()
	h.Register(wsh.Connection{ID: "c", Stream: c})
	leave := join(h, "r", member("c"), c)
	publish(t, h, "r", "0")
	c.expect(t, "0") // being written
	for i := range 3 {
		if err := h.Direct(wsh.Addressee{Member: "c"}, wsh.Action{Message: wsh.Text(fmt.Sprint("to ", i))}); err != nil {
			t.Error(err)
		}
		publish(t, h, "r", fmt.Sprint("room ", i))
	}
	close(c.result)
	c.expect(t, "room 1", "to 2", "room 2")
	h.deliveries.Wait()
	c.nothingMore(t)
	leave(time.Time{})
	if len(h.outboxes) != 0 || h.Stats().Dropped != 3 {
		t.Errorf("%d queues are left, %+v", len(h.outboxes), h.Stats())
	}
}

// BenchmarkDirect shows that finding one does not grow with the connections.
func BenchmarkDirect(b *testing.B) {
	for n := 1; n <= 1<<16; n *= 16 {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			h := &Hub{Offer: func(*wsh.Outgoing, wsh.Stream) bool { return true }}
			for i := range n {
				h.Register(wsh.Connection{ID: fmt.Sprint(i), User: fmt.Sprint(i), Stream: &counted{}})
			}
			e := wsh.Action{Message: wsh.Text("hello")}
			for b.Loop() {
				if err := h.Direct(wsh.Addressee{Member: "0"}, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
