package room

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestASlowMemberLosesItsOldestAndHoldsNobodyUp(t *testing.T) {
	h := &Hub{Queue: 3}
	slow, fast := newClient(), fastClient()
	join(h, "lobby", member("slow"), slow)
	join(h, "lobby", member("fast"), fast)
	publish(t, h, "lobby", "0")
	slow.expect(t, "0") // and does not return
	fast.expect(t, "0")
	for i := 1; i <= 9; i++ {
		publish(t, h, "lobby", fmt.Sprint(i))
		fast.expect(t, fmt.Sprint(i))
	}
	if got := h.Stats().Dropped; got != 6 {
		t.Errorf("dropped %d, want 6", got)
	}
	close(slow.result)
	slow.expect(t, "7", "8", "9")
	h.deliveries.Wait()
	slow.nothingMore(t)
}

func TestASlowMemberHoldsBoundedBytes(t *testing.T) {
	h := &Hub{Bytes: 2*slotWeight + 10}
	c := newClient()
	join(h, "lobby", member("c"), c)
	publish(t, h, "lobby", "begun")
	c.expect(t, "begun")
	publish(t, h, "lobby", "aaaa", "bbbb", "cccc") // a goes
	publish(t, h, "lobby", "dd", "eeeeeeee")       // b and c go
	big := strings.Repeat("f", 3*slotWeight)
	publish(t, h, "lobby", big) // alone it is let in
	if got := h.outboxes[c].bytes; got != 4*slotWeight {
		t.Errorf("queued %d bytes, want %d", got, 4*slotWeight)
	}
	publish(t, h, "lobby", "gg", "hh")
	if got := h.Stats().Dropped; got != 6 {
		t.Errorf("dropped %d, want 6", got)
	}
	close(c.result)
	c.expect(t, "gg", "hh")
	h.deliveries.Wait()
	c.nothingMore(t)
	if got := h.outboxes[c].bytes; got != 0 {
		t.Errorf("the empty queue counts %d bytes", got)
	}
}

func TestTheDefaultsBound(t *testing.T) {
	h := &Hub{}
	c := newClient()
	join(h, "lobby", member("c"), c)
	publish(t, h, "lobby", "begun")
	c.expect(t, "begun")
	for range DefaultQueue + 10 {
		publish(t, h, "lobby", "x")
	}
	if got := h.outboxes[c].n; got != DefaultQueue {
		t.Errorf("queued %d, want %d", got, DefaultQueue)
	}
	for range 3 {
		publish(t, h, "lobby", strings.Repeat("x", DefaultBytes/2))
	}
	if got := h.outboxes[c].bytes; got > DefaultBytes {
		t.Errorf("queued %d bytes, want at most %d", got, DefaultBytes)
	}
	close(c.result)
	h.deliveries.Wait()
}

func TestASlowMemberIsClosed(t *testing.T) {
	h := &Hub{Queue: 2, Overflow: Close}
	slow, fast := newClient(), fastClient()
	leave := join(h, "lobby", member("slow"), slow)
	join(h, "lobby", member("fast"), fast)
	publish(t, h, "lobby", "0")
	slow.expect(t, "0")
	fast.expect(t, "0")
	for _, text := range []string{"1", "2", "3", "4", "5"} {
		publish(t, h, "lobby", text)
		fast.expect(t, text)
	}
	if code := <-slow.failed; code != wsh.StatusTryAgainLater {
		t.Errorf("closed with %v, want 1013", code)
	}
	close(slow.result)
	h.deliveries.Wait()
	slow.nothingMore(t)
	if len(slow.failed)+len(fast.failed) != 0 {
		t.Error("more than the slow member was closed, or it twice")
	}
	leave(time.Time{})
	if got, want := h.Stats(), (Stats{Rooms: 1, Members: 1, Closed: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAMemberWhoseStreamHasEndedGetsNothingMore(t *testing.T) {
	h := &Hub{}
	gone, here := newClient(), fastClient()
	leave := join(h, "lobby", member("gone"), gone)
	join(h, "lobby", member("here"), here)
	publish(t, h, "lobby", "1", "2")
	gone.expect(t, "1")
	gone.result <- errors.New("broken pipe")
	here.expect(t, "1", "2")
	h.deliveries.Wait()
	publish(t, h, "lobby", "3")
	here.expect(t, "3")
	h.deliveries.Wait()
	gone.nothingMore(t)
	if got := h.Len("lobby"); got != 2 {
		t.Errorf("got %d members, want 2 until it leaves", got)
	}
	leave(time.Time{})
	if got := h.Len("lobby"); got != 1 {
		t.Errorf("got %d members, want 1", got)
	}
}

func TestLeavingInTimeSendsWhatWaits(t *testing.T) {
	h := &Hub{}
	c := newClient()
	leave := join(h, "a", member("c"), c)
	for i := range 20 {
		publish(t, h, "a", fmt.Sprint(i))
	}
	left := make(chan struct{})
	go func() {
		leave(time.Now().Add(time.Minute))
		close(left)
	}()
	for i := range 20 {
		c.expect(t, fmt.Sprint(i))
		select {
		case <-left:
			t.Fatalf("left before message %d was sent", i)
		case c.result <- nil:
		}
	}
	<-left
	h.deliveries.Wait()
	c.nothingMore(t)
}

func TestLeavingWaitsForNoMemberThatHasEnded(t *testing.T) {
	h := &Hub{}
	c := newClient()
	leave := join(h, "a", member("c"), c)
	publish(t, h, "a", "0", "1", "2")
	c.expect(t, "0")
	c.result <- errors.New("broken pipe")
	leave(time.Now().Add(time.Hour))
	h.deliveries.Wait()
	c.nothingMore(t)
}

func TestLeavingDropsWhatWaitsFromThatRoomOnly(t *testing.T) {
	h := &Hub{}
	c := newClient()
	leave := join(h, "a", member("c"), c)
	join(h, "b", member("c"), c)
	publish(t, h, "a", "a0")
	c.expect(t, "a0") // being written, and stuck
	for i := range 20 {
		publish(t, h, "a", fmt.Sprintf("a%d", i+1))
		publish(t, h, "b", fmt.Sprintf("b%d", i+1))
	}
	leave(time.Time{}) // does not wait for it
	publish(t, h, "a", "late")
	close(c.result)
	for i := range 20 {
		c.expect(t, fmt.Sprintf("b%d", i+1))
	}
	h.deliveries.Wait()
	c.nothingMore(t)
	if got := h.Stats().Dropped; got != 0 {
		t.Errorf("dropped %d, want 0: leaving is no loss", got)
	}
}

func TestLeavingTheLastRoomWhileStuck(t *testing.T) {
	h := &Hub{}
	c := newClient()
	leave := join(h, "a", member("c"), c)
	publish(t, h, "a", "1", "2")
	c.expect(t, "1")
	leave(time.Time{})
	if got := h.Stats(); got != (Stats{}) {
		t.Errorf("got %+v, want zeros", got)
	}
	close(c.result)
	h.Close()
	c.nothingMore(t)
}

func (h *Hub) isClosed() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.closed
}

func TestCloseWaitsForWhatIsBeingDelivered(t *testing.T) {
	h := &Hub{}
	c := newClient()
	join(h, "lobby", member("c"), c)
	publish(t, h, "lobby", "1", "2")
	c.expect(t, "1")
	go func() {
		for !h.isClosed() {
			runtime.Gosched()
		}
		c.result <- wsh.ErrClosed // the stream ends
	}()
	h.Close()
	if h.outboxes[c].running {
		t.Error("Close returned while a message was being written")
	}
	c.nothingMore(t)
	if _, err := h.Publish("lobby", wsh.Text("3"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if _, err := h.Join("lobby", wsh.JoinOptions{Member: member("late"), Stream: c}); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if got := h.Len("lobby"); got != 1 {
		t.Errorf("got %d members, want the one from before", got)
	}
}

// counted is a client that costs nothing but its count.
type counted struct {
	wsh.Stream
	n int
}

func (c *counted) Deliver(*wsh.Outgoing, bool) error {
	c.n++
	return nil
}

func thousand(h *Hub) {
	for i := range 1000 {
		join(h, "lobby", member(fmt.Sprint(i)), &counted{})
	}
}

func TestPublishAllocatesNothingPerMember(t *testing.T) {
	h := &Hub{}
	thousand(h)
	m := wsh.Text("hello")
	allocs := testing.AllocsPerRun(20, func() {
		if _, err := h.Publish("lobby", m, wsh.PublishOptions{}); err != nil {
			t.Error(err)
		}
		h.deliveries.Wait()
	})
	// The message, its bytes, and what the runtime spends on goroutines now and then.
	if allocs > 100 {
		t.Errorf("got %v allocations for 1,000 members, want a handful", allocs)
	}
}

func BenchmarkPublishToThousand(b *testing.B) {
	h := &Hub{}
	thousand(h)
	m := wsh.Text(strings.Repeat("x", 100))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Publish("lobby", m, wsh.PublishOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	h.deliveries.Wait()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/member")
}
