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

// lasting is a Hub whose rooms keep their last messages.
func lasting(messages int) *Hub {
	return &Hub{Retention: map[string]Retention{"*": {Messages: messages}}}
}

// publishIDs is publish that returns the ids.
func publishIDs(t *testing.T, h *Hub, room string, texts ...string) (ids []string) {
	t.Helper()
	for _, text := range texts {
		id, err := h.Publish(room, wsh.Text(text), wsh.PublishOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// joinAsking is Join of a client that wants something of the past.
func joinAsking(t *testing.T, h *Hub, room string, c wsh.Stream, j wsh.JoinOptions) (leave func(time.Time)) {
	t.Helper()
	j.Stream = c
	leave, err := h.Join(room, j)
	if err != nil {
		t.Fatal(err)
	}
	return leave
}

func TestWhoComesBackGetsWhatItMissed(t *testing.T) {
	h := lasting(10)
	ids := publishIDs(t, h, "r", "1", "2", "3", "4", "5")
	for i, id := range ids {
		c := fastClient()
		leave := joinAsking(t, h, "r", c, wsh.JoinOptions{After: id})
		c.expect(t, []string{"1", "2", "3", "4", "5"}[i+1:]...)
		h.deliveries.Wait()
		c.nothingMore(t)
		leave(time.Time{})
	}
	c := fastClient()
	joinAsking(t, h, "r", c, wsh.JoinOptions{After: ids[3]})
	publish(t, h, "r", "6")
	c.expect(t, "5", "6")
}

func TestTheLastFewAndThenLive(t *testing.T) {
	h := lasting(3)
	publish(t, h, "r", "1", "2", "3", "4")
	for n, want := range map[int]string{0: "", -1: "", 1: "4", 2: "3 4", 3: "2 3 4", 9: "2 3 4"} {
		c := fastClient()
		leave := joinAsking(t, h, "r", c, wsh.JoinOptions{Last: n})
		c.expect(t, strings.Fields(want)...)
		h.deliveries.Wait()
		c.nothingMore(t)
		leave(time.Time{})
	}
}

func TestWhatCannotBePromisedIsForgotten(t *testing.T) {
	h := lasting(3)
	ids := publishIDs(t, h, "r", "1", "2", "3", "4", "5")
	other := publishIDs(t, h, "other", "1", "2", "3", "4", "5")
	elsewhere := publishIDs(t, lasting(3), "r", "1", "2", "3", "4", "5")
	last, _ := ParseID(ids[4])
	beyond := ID{last.Epoch, last.Seq + 1, last.At + 1}
	again := ID{last.Epoch, last.Seq, last.At + 1}
	for name, id := range map[string]string{
		"dropped": ids[1], "another room's": other[4], "another host's": elsewhere[4], "not yet given": beyond.String(),
		"given again": again.String(), "no id": "hello", "capitals": strings.ToUpper(ids[4]), "long": strings.Repeat("9", 1<<20),
		"a sign": strings.Replace(ids[4], "-", "-+", 1), "too large": last.Epoch + "-zzzzzzzzzzzzzzzzzzzz-1",
	} {
		if _, err := h.Join("r", wsh.JoinOptions{Stream: fastClient(), After: id}); !errors.Is(err, wsh.ErrForgotten) {
			t.Errorf("%s: got %v, want ErrForgotten", name, err)
		}
	}
	if _, err := new(Hub).Join("r", wsh.JoinOptions{Stream: fastClient(), After: ids[4]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("a room that keeps nothing: got %v, want ErrForgotten", err)
	}
	if got := h.Stats(); got.Members != 0 || got.Rooms != 0 {
		t.Errorf("got %+v, want no members", got)
	}
	joinAsking(t, h, "r", fastClient(), wsh.JoinOptions{After: ids[4]})
	h.deliveries.Wait()
}

func TestWhatIsOldIsNotGivenOut(t *testing.T) {
	p := &history{retention: Retention{Messages: 10, Age: time.Hour}}
	now := time.Now()
	ages := []time.Duration{50 * time.Minute, 40 * time.Minute, 10 * time.Minute, 0}
	for i, age := range ages {
		id := ID{"e", uint64(i + 1), now.Add(-age).UnixNano()}
		p.add(kept{m: wsh.NewPublication(wsh.Publication{ID: id.String()}), id: id}, 1)
	}
	count := func(now time.Time) int { return len(p.list(10, now)) }
	if count(now) != 4 || count(now.Add(15*time.Minute)) != 3 || count(now.Add(2*time.Hour)) != 0 {
		t.Errorf("got %d, %d, %d", count(now), count(now.Add(15*time.Minute)), count(now.Add(2*time.Hour)))
	}
	first := ID{"e", 1, now.Add(-ages[0]).UnixNano()}.String()
	if place, err := p.from(wsh.JoinOptions{After: first}, now); place != 1 || err != nil {
		t.Errorf("got %d, %v, want 1", place, err)
	}
	if _, err := p.from(wsh.JoinOptions{After: first}, now.Add(15*time.Minute)); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("got %v, want ErrForgotten", err)
	}
	if p.expired(now) || !p.expired(now.Add(2*time.Hour)) {
		t.Error("it has expired when its newest has")
	}
}

func TestHistoryTellsWhatIsKept(t *testing.T) {
	h := &Hub{Retention: map[string]Retention{"chat": {Messages: 2}, "news/*": {Messages: 9}, "news/old": {}, "news/in/*": {Messages: 1}}}
	for room, want := range map[string]string{"chat": "b c", "news/x": "a b c", "news/": "a b c", "news": "", "news/old": "", "news/in/x": "c", "other": ""} {
		ids := publishIDs(t, h, room, "a", "b", "c")
		list, err := h.History(room, 5)
		var texts []string
		for i, p := range list {
			texts = append(texts, p.Message.Text())
			if p.ID != ids[len(ids)-len(list)+i] || p.ID == "" || p.Room != room || time.Since(p.At) > time.Minute {
				t.Errorf("%s: got %+v", room, p)
			}
			p.Message.Data[0] = 'x' // it is a copy
		}
		if again, _ := h.History(room, 5); len(again) > 0 && again[0].Message.Text() == "x" {
			t.Errorf("%s: History hands out what it keeps", room)
		}
		if got := strings.Join(texts, " "); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", room, got, err, want)
		}
		if (ids[0] == "") != (want == "") {
			t.Errorf("%s: the id is %q", room, ids[0])
		}
	}
}

func TestPublishLiveIsNotKept(t *testing.T) {
	h := lasting(5)
	c := fastClient()
	join(h, "r", member("c"), c)
	if id, err := h.Publish("r", wsh.Text("typing"), wsh.PublishOptions{Live: true}); id != "" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
	publish(t, h, "r", "said")
	c.expect(t, "typing", "said")
	if list, _ := h.History("r", 5); len(list) != 1 {
		t.Errorf("got %v, want one", list)
	}
}

func TestASlowMemberOfARoomThatKeepsIsNotDroppedFrom(t *testing.T) {
	h := lasting(300)
	h.Queue = 2
	slow := newClient()
	join(h, "r", member("slow"), slow)
	var want []string
	for i := range 300 {
		want = append(want, fmt.Sprint(i))
	}
	publish(t, h, "r", want...)
	close(slow.result)
	slow.expect(t, want...)
	h.deliveries.Wait()
	slow.nothingMore(t)
	if got := h.Stats(); got.Dropped != 0 || got.Closed != 0 {
		t.Errorf("got %+v, want no loss", got)
	}
}

// TestABurstLongerThanWhatIsKept: what a room gives out to who comes is one thing, how far a member may be
// behind another.
func TestABurstLongerThanWhatIsKept(t *testing.T) {
	h := lasting(2)
	c := newClient()
	join(h, "r", member("c"), c)
	var want []string
	for i := range 200 {
		want = append(want, fmt.Sprint(i))
	}
	publish(t, h, "r", want...)
	if list, _ := h.History("r", 1000); len(list) != 2 {
		t.Errorf("history of %d, want 2", len(list))
	}
	close(c.result)
	c.expect(t, want...)
	h.deliveries.Wait()
	publish(t, h, "r", "last") // nobody is behind: what is too much goes
	if got := h.rooms["r"].history; got.end-got.first != 2 {
		t.Errorf("%d are kept, want 2", got.end-got.first)
	}
	h.deliveries.Wait()
}

func TestWhoFallsOutOfWhatIsKeptIsClosedAndComesBack(t *testing.T) {
	h := lasting(5)
	h.Queue = 3
	slow := newClient()
	leave := join(h, "r", member("slow"), slow)
	ids := publishIDs(t, h, "r", "0")
	slow.expect(t, "0") // and does not return
	publish(t, h, "r", "1", "2", "3", "4", "5", "6")
	close(slow.result)
	if code := <-slow.failed; code != wsh.StatusTryAgainLater {
		t.Errorf("closed with %d, want 1013", code)
	}
	h.deliveries.Wait()
	slow.nothingMore(t) // never one after a gap
	leave(time.Time{})
	if _, err := h.Join("r", wsh.JoinOptions{Stream: fastClient(), After: ids[0]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("got %v, want ErrForgotten", err)
	}
	back := fastClient()
	joinAsking(t, h, "r", back, wsh.JoinOptions{Last: 5})
	back.expect(t, "2", "3", "4", "5", "6")
	h.deliveries.Wait()
	if got := h.Stats(); got.Closed != 1 || got.Dropped != 0 {
		t.Errorf("got %+v, want one closed", got)
	}
}

func TestOrderAcrossRoomsThatKeepAndOthers(t *testing.T) {
	h := &Hub{Retention: map[string]Retention{"kept*": {Messages: 10}}}
	c := newClient()
	for _, room := range []string{"kept1", "kept2", "not"} {
		join(h, room, member("c"), c)
	}
	var want []string
	for i, room := range strings.Fields("kept1 not kept1 kept1 not kept2 kept1 not not kept2") {
		text := fmt.Sprint(room, i)
		publish(t, h, room, text)
		want = append(want, text)
	}
	close(c.result)
	c.expect(t, want...)
	h.deliveries.Wait()
	c.nothingMore(t)
}

func TestLeavingARoomThatKeeps(t *testing.T) {
	for _, test := range []struct {
		name string
		wait time.Duration
		want []string
	}{{"at once", 0, []string{"1"}}, {"in time", time.Minute, []string{"1", "2", "3"}}} {
		t.Run(test.name, func(t *testing.T) {
			h := lasting(10)
			c := newClient()
			leave := join(h, "r", member("c"), c)
			publish(t, h, "r", "1", "2", "3")
			c.expect(t, "1") // being written
			left := make(chan struct{})
			go func() {
				leave(time.Now().Add(test.wait))
				close(left)
			}()
			for h.Len("r") > 0 {
				runtime.Gosched()
			}
			if test.wait == 0 {
				<-left
			}
			publish(t, h, "r", "late")
			close(c.result)
			<-left
			c.expect(t, test.want[1:]...)
			h.deliveries.Wait()
			c.nothingMore(t)
			if n := h.rooms["r"].history.behind.Load(); n != 0 || len(h.outboxes) != 0 {
				t.Errorf("%d are behind, %d queues left", n, len(h.outboxes))
			}
		})
	}
}

func TestWhoIsOfferedAKeptMessageIsNotBehind(t *testing.T) {
	h := lasting(10)
	h.Offer = offerReady
	able, busy := &ready{willing: true}, &ready{}
	join(h, "r", member("able"), able)
	join(h, "r", member("busy"), busy)
	publish(t, h, "r", "1")
	able.want(t, "offer 1")
	h.deliveries.Wait()
	busy.want(t, "queue 1")
	publish(t, h, "r", "2")
	h.deliveries.Wait()
	able.want(t, "offer 2")
	busy.want(t, "queue 2")
}
