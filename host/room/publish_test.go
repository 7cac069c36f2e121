package room

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"wshd/plugins/wsh"
)

// ready is a client that takes what it is offered while willing. It notes how each message came.
type ready struct {
	wsh.Stream
	mu      sync.Mutex
	willing bool
	got     []string
}

// offerReady is Hub.Offer for clients in these tests.
func offerReady(m *wsh.Outgoing, to wsh.Stream) bool {
	c, ok := to.(*ready)
	return ok && c.take(m)
}

func (c *ready) take(m *wsh.Outgoing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.willing {
		c.got = append(c.got, "offer "+m.Text())
	}
	return c.willing
}

func (c *ready) Deliver(m *wsh.Outgoing, more bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, "queue "+m.Text())
	return nil
}

func (c *ready) want(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if fmt.Sprint(c.got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", c.got, want)
	}
	c.got = nil
}

func TestWhoCanTakeAMessageGetsItFromThePublisher(t *testing.T) {
	h := &Hub{Offer: offerReady}
	able, busy := &ready{willing: true}, &ready{}
	join(h, "lobby", member("able"), able)
	join(h, "lobby", member("busy"), busy)
	publish(t, h, "lobby", "1")
	able.want(t, "offer 1") // there is nothing to wait for
	h.deliveries.Wait()
	busy.want(t, "queue 1")
}

func TestWhatComesInABurstIsQueuedToGoOutTogether(t *testing.T) {
	h := &Hub{Offer: offerReady}
	c := &ready{willing: true}
	join(h, "lobby", member("c"), c)
	c.mu.Lock() // its first Deliver does not return yet
	for i := range 3 {
		if _, err := h.Publish("lobby", wsh.Text(fmt.Sprint(i)), wsh.PublishOptions{More: i < 2}); err != nil {
			t.Fatal(err)
		}
	}
	c.mu.Unlock()
	h.deliveries.Wait()
	c.want(t, "queue 0", "queue 1", "queue 2")
	publish(t, h, "lobby", "3")
	c.want(t, "offer 3")
}

func TestPublishersThatMeetQueue(t *testing.T) {
	h := &Hub{Offer: offerReady}
	c := &ready{willing: true}
	join(h, "lobby", member("c"), c)
	r := h.rooms["lobby"]
	r.mu.Lock()
	var publishing sync.WaitGroup
	publishing.Go(func() { publish(t, h, "lobby", "1") })
	for r.waiting.Load() == 0 {
		runtime.Gosched()
	}
	r.mu.Unlock()
	publishing.Wait()
	h.deliveries.Wait()
	c.want(t, "queue 1")
}

// With several processors the members are shared among them: each gets every message, once, in order.
func TestALargeRoomIsServedByAllProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for _, n := range []int{2*leastPart - 1, 2 * leastPart, 5*leastPart + 7} {
		h := &Hub{Offer: offerReady}
		clients := make([]*ready, n)
		for i := range clients {
			clients[i] = &ready{willing: i%7 > 0}
			join(h, "lobby", member(fmt.Sprint(i)), clients[i])
		}
		publish(t, h, "lobby", "1", "2")
		h.deliveries.Wait()
		for _, c := range clients {
			if c.willing {
				c.want(t, "offer 1", "offer 2")
			} else {
				c.want(t, "queue 1", "queue 2")
			}
		}
	}
}

func TestALargeRoomClosesAllThatAreSlow(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	h := &Hub{Queue: 1, Overflow: Close, Offer: offerReady}
	var slow []*client
	for i := range 4 * leastPart {
		if i%leastPart != 5 {
			join(h, "lobby", member(fmt.Sprint(i)), &ready{willing: true})
			continue
		}
		c := newClient()
		slow = append(slow, c)
		join(h, "lobby", member(fmt.Sprint(i)), c)
	}
	publish(t, h, "lobby", "1")
	for _, c := range slow {
		c.expect(t, "1") // and does not return
	}
	publish(t, h, "lobby", "2", "3")
	for _, c := range slow {
		if code := <-c.failed; code != wsh.StatusTryAgainLater {
			t.Errorf("closed with %v, want 1013", code)
		}
		close(c.result)
	}
	h.deliveries.Wait()
	if got := h.Stats().Closed; got != int64(len(slow)) {
		t.Errorf("closed %d, want %d", got, len(slow))
	}
}

// TestARoomGoesOnAlthoughItsRendererPublishesThere: no hook can stop a room.
func TestARoomGoesOnAlthoughItsRendererPublishesThere(t *testing.T) {
	t.Parallel() // it takes as long as a renderer may
	for _, h := range []*Hub{{Offer: offerReady}, {Offer: offerReady, Retention: map[string]Retention{"r": {Messages: 5}}}} {
		first := true
		handler := &wsh.Handler{RenderPublication: func(p wsh.Publication) wsh.Message {
			if first {
				first = false
				_, _ = h.Publish("r", wsh.Text("within"), wsh.PublishOptions{})
			}
			return wsh.Text("rendered " + p.Message.Text())
		}}
		failed := make(chan error, 1)
		render := wsh.NewRenderer(handler, func(p wsh.Publication) (wsh.Message, error) { return handler.RenderPublication(p), nil },
			func(err error) { failed <- err })
		c, plain := &ready{willing: true}, &ready{willing: true}
		if _, err := h.Join("r", wsh.JoinOptions{Stream: c, Render: render}); err != nil {
			t.Fatal(err)
		}
		join(h, "r", member("plain"), plain)
		publish(t, h, "r", "hello")
		<-failed
		for n := 0; n < 2; runtime.Gosched() {
			c.mu.Lock()
			n = len(c.got)
			c.mu.Unlock()
		}
		h.deliveries.Wait()
		c.want(t, "offer hello", "queue rendered within")
		plain.want(t, "offer hello", "queue within")
	}
}
