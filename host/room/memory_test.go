package room

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestTheRoomsIdleLongestAreForgottenFirst(t *testing.T) {
	const size = 1000
	h := lasting(100)
	h.HistorySize = 10 * (size + slotWeight)
	text := strings.Repeat("x", size)
	ids := map[string]string{}
	for i := range 10 {
		name := fmt.Sprint("r", i)
		ids[name] = publishIDs(t, h, name, text)[0]
	}
	publish(t, h, "r0", text) // the eleventh: r1 goes
	for i := range 10 {
		name := fmt.Sprint("r", i)
		list, _ := h.History(name, 9)
		want := map[string]int{"r0": 2, "r1": 0}[name]
		if i > 1 {
			want = 1
		}
		if len(list) != want {
			t.Errorf("%s has %d, want %d", name, len(list), want)
		}
	}
	if _, err := h.Join("r1", wsh.JoinOptions{Stream: fastClient(), After: ids["r1"]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("got %v, want ErrForgotten", err)
	}
	if got := h.Stats(); got.Remembered != 9 || got.HistoryBytes != int64(h.HistorySize) || got.Forgotten != 1 {
		t.Errorf("got %+v", got)
	}
	if len(h.rooms) != 9 {
		t.Errorf("%d rooms, want 9", len(h.rooms))
	}
}

func TestARoomThatKeepsTooMuchAlone(t *testing.T) {
	h := lasting(100)
	h.HistorySize = 3 * (100 + slotWeight)
	for range 20 {
		publish(t, h, "other", "x")
		publish(t, h, "r", strings.Repeat("x", 100))
		if got := h.Stats().HistoryBytes; got > int64(h.HistorySize) {
			t.Fatalf("takes %d, may take %d", got, h.HistorySize)
		}
	}
	publish(t, h, "r", strings.Repeat("x", 10000)) // alone it is let in
	if list, _ := h.History("r", 9); len(list) != 1 {
		t.Errorf("got %d, want the last", len(list))
	}
}

func TestAMemberOfARoomThatIsForgotten(t *testing.T) {
	h := lasting(100)
	h.HistorySize = 2000
	idle, behind := fastClient(), newClient()
	join(h, "r", member("idle"), idle)
	join(h, "r", member("behind"), behind)
	publish(t, h, "r", "1", "2")
	idle.expect(t, "1", "2")
	behind.expect(t, "1")
	publish(t, h, "other", strings.Repeat("x", 3000))
	close(behind.result)
	if code := <-behind.failed; code != wsh.StatusTryAgainLater {
		t.Errorf("closed with %d, want 1013", code)
	}
	publish(t, h, "r", "3")
	idle.expect(t, "3")
	h.deliveries.Wait()
	behind.nothingMore(t)
}

func TestNothingIsCountedThatIsNotKept(t *testing.T) {
	h := &Hub{Retention: map[string]Retention{"*": {Messages: 3, Age: time.Nanosecond}}}
	for i := range 100 {
		publish(t, h, fmt.Sprint("r", i), "x")
	}
	if got := h.Stats(); got.Remembered > 2 || got.HistoryBytes > 2*(slotWeight+1) || len(h.rooms) > 2 {
		t.Errorf("got %+v and %d rooms of what has expired", got, len(h.rooms))
	}
}

// BenchmarkPublishKept shows what keeping costs, and that it does not grow with the rooms.
func BenchmarkPublishKept(b *testing.B) {
	for rooms := 1; rooms <= 1<<14; rooms *= 4 {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			h := lasting(3)
			names := make([]string, rooms)
			for i := range names {
				names[i] = fmt.Sprint("room", i)
			}
			m := wsh.Text("hello")
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := h.Publish(names[i%rooms], m, wsh.PublishOptions{}); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkResume is one client's that missed 100 messages, in rooms that keep more and more.
func BenchmarkResume(b *testing.B) {
	for messages := 128; messages <= 1<<15; messages *= 4 {
		b.Run(fmt.Sprintf("kept=%d", messages), func(b *testing.B) {
			h := lasting(messages)
			var id string
			for i := range 2 * messages {
				this, _ := h.Publish("r", wsh.Text("hello"), wsh.PublishOptions{})
				if i == 2*messages-101 {
					id = this
				}
			}
			for b.Loop() {
				c := &counted{}
				leave, err := h.Join("r", wsh.JoinOptions{Stream: c, After: id})
				if err != nil {
					b.Fatal(err)
				}
				leave(time.Now().Add(time.Minute))
				if c.n != 100 {
					b.Fatalf("got %d, want 100", c.n)
				}
			}
		})
	}
}
