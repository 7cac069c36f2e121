package room

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// client is a stream whose Deliver hands each message to the test, which decides when and how the
// write ends. The rest of wsh.Stream is nobody's business here: calling it panics.
type client struct {
	wsh.Stream
	writing chan wsh.Message    // a Deliver has begun
	result  chan error          // ends it; closed: every Deliver ends at once
	failed  chan wsh.StatusCode // Fail's
}

func newClient() *client {
	return &client{
		writing: make(chan wsh.Message, 1<<12),
		result:  make(chan error),
		failed:  make(chan wsh.StatusCode, 10),
	}
}

// fastClient is one that reads everything.
func fastClient() *client {
	c := newClient()
	close(c.result)
	return c
}

func (c *client) Deliver(m *wsh.Outgoing, _ bool) error {
	c.writing <- m.Message
	return <-c.result
}

func (c *client) Fail(code wsh.StatusCode, reason string) { c.failed <- code }

// expect waits for messages to be written, one by one.
func (c *client) expect(t *testing.T, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if got := (<-c.writing).Text(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// nothingMore checks that all that was to be written has been seen. Call it once h is idle.
func (c *client) nothingMore(t *testing.T) {
	t.Helper()
	select {
	case m := <-c.writing:
		t.Errorf("got %q, want nothing more", m.Text())
	default:
	}
}

func publish(t *testing.T, h *Hub, room string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := h.Publish(room, wsh.Text(text), wsh.PublishOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// join is Join of who asks for nothing that is kept.
func join(h *Hub, room string, m wsh.Member, s wsh.Stream) (leave func(until time.Time)) {
	leave, err := h.Join(room, wsh.JoinOptions{Member: m, Stream: s})
	if err != nil {
		panic(err)
	}
	return leave
}

func member(id string) wsh.Member { return wsh.Member{ID: id} }

func ids(members []wsh.Member) string {
	var list []string
	for _, m := range members {
		list = append(list, m.ID)
	}
	return strings.Join(list, " ")
}

func TestPublishReachesEveryMemberOfTheRoomOnly(t *testing.T) {
	h := &Hub{}
	a, b, other := fastClient(), fastClient(), fastClient()
	join(h, "lobby", member("a"), a)
	join(h, "lobby", member("b"), b)
	join(h, "elsewhere", member("other"), other)
	publish(t, h, "lobby", "1", "2", "3")
	a.expect(t, "1", "2", "3")
	b.expect(t, "1", "2", "3")
	h.deliveries.Wait()
	other.nothingMore(t)
}

func TestPublishKeepsTheKindAndCopiesTheBytes(t *testing.T) {
	h := &Hub{}
	c := newClient()
	join(h, "lobby", member("c"), c)
	p := []byte{8, 6, 7, 0xff}
	publish(t, h, "lobby", "first")
	c.expect(t, "first")
	if _, err := h.Publish("lobby", wsh.Binary(p), wsh.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	p[0] = 0
	close(c.result)
	if got, want := <-c.writing, wsh.Binary([]byte{8, 6, 7, 0xff}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.deliveries.Wait()
}

func TestPublishRefusesTextThatIsNotUTF8(t *testing.T) {
	h := &Hub{}
	c := fastClient()
	join(h, "lobby", member("c"), c)
	for _, room := range []string{"lobby", "empty"} {
		if _, err := h.Publish(room, wsh.Text("\xff"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("%s: got %v, want ErrBadOperation", room, err)
		}
	}
	h.deliveries.Wait()
	c.nothingMore(t)
}

func TestPublishToNobodyIsNoError(t *testing.T) {
	h := &Hub{}
	publish(t, h, "nobody", "hello")
	if got := h.Stats(); got != (Stats{}) {
		t.Errorf("got %+v, want zeros", got)
	}
}

func TestMembersComeInTheOrderOfJoining(t *testing.T) {
	h := &Hub{}
	leave := map[string]func(time.Time){}
	for _, id := range []string{"a", "b", "c", "d"} {
		leave[id] = join(h, "lobby", member(id), fastClient())
	}
	leave["b"](time.Time{})
	leave["b"](time.Time{}) // a second time does nothing
	join(h, "lobby", member("e"), fastClient())
	if got, want := ids(h.Members("lobby")), "a c d e"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := h.Len("lobby"); got != 4 {
		t.Errorf("got %d members, want 4", got)
	}
	if h.Len("nobody") != 0 || h.Members("nobody") != nil {
		t.Error("a room nobody joined has members")
	}
}

func TestEmptyRoomsVanish(t *testing.T) {
	h := &Hub{}
	c := fastClient()
	leaveA := join(h, "a", member("c"), c)
	leaveB := join(h, "b", member("c"), c)
	if got, want := h.Stats(), (Stats{Rooms: 2, Members: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	leaveA(time.Time{})
	if got, want := h.Stats(), (Stats{Rooms: 1, Members: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	leaveB(time.Time{})
	if len(h.rooms) != 0 || len(h.outboxes) != 0 {
		t.Errorf("left behind: %v %v", h.rooms, h.outboxes)
	}
}

func TestOneConnectionGetsItsRoomsInOrderOfPublishing(t *testing.T) {
	h := &Hub{}
	c := newClient()
	join(h, "a", member("c"), c)
	join(h, "b", member("c"), c)
	publish(t, h, "a", "1")
	publish(t, h, "b", "2")
	publish(t, h, "a", "3")
	publish(t, h, "b", "4")
	close(c.result)
	c.expect(t, "1", "2", "3", "4")
	h.deliveries.Wait()
}

func TestOneConnectionMayJoinTwice(t *testing.T) {
	h := &Hub{}
	c := fastClient()
	leave := join(h, "a", member("one"), c)
	join(h, "a", member("two"), c)
	leave(time.Time{})
	publish(t, h, "a", "1")
	h.deliveries.Wait()
	c.expect(t, "1")
	c.nothingMore(t)
	if got := ids(h.Members("a")); got != "two" {
		t.Errorf("got %q, want two", got)
	}
}

func TestAnIdleConnectionHoldsNoGoroutineAndNoQueue(t *testing.T) {
	h := &Hub{}
	c := newClient()
	join(h, "lobby", member("c"), c)
	for i := range 100 {
		publish(t, h, "lobby", fmt.Sprint(i))
	}
	close(c.result)
	h.deliveries.Wait() // returns: the goroutine is gone
	if n := len(h.outboxes[c].ring); n > leastRing {
		t.Errorf("the empty queue keeps %d slots, want at most %d", n, leastRing)
	}
	publish(t, h, "lobby", "again")
	h.deliveries.Wait()
	if n := len(c.writing); n != 101 {
		t.Errorf("got %d messages, want 101", n)
	}
}

func TestJoinAndLeaveUnderPublishing(t *testing.T) {
	const publishers, messages = 4, 500
	h := &Hub{Queue: publishers * messages}
	stays := fastClient()
	join(h, "lobby", member("stays"), stays)

	var comers, speakers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		comers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := &counted{}
				leave := join(h, "lobby", member("comes"), c)
				also := join(h, "other", member("comes"), c)
				h.Members("lobby")
				leave(time.Time{})
				also(time.Time{})
			}
		})
	}
	for p := range publishers {
		speakers.Go(func() {
			for i := range messages {
				if _, err := h.Publish("lobby", wsh.Binary([]byte{byte(p), byte(i >> 8), byte(i)}), wsh.PublishOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	speakers.Wait()
	close(stop)
	comers.Wait()
	h.deliveries.Wait()

	var next [publishers]int
	for range publishers * messages {
		m := <-stays.writing
		p, i := m.Data[0], int(m.Data[1])<<8|int(m.Data[2])
		if i != next[p] {
			t.Fatalf("publisher %d: got message %d, want %d", p, i, next[p])
		}
		next[p]++
	}
	if got, want := h.Stats(), (Stats{Rooms: 1, Members: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
