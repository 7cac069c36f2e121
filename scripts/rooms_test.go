package scripts_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestBroadcastReachesEverybody(t *testing.T) {
	h := load(t, "broadcast")
	rooms := &wshtest.Rooms{}
	var clients []*wshtest.Client
	for range 5 {
		clients = append(clients, wshtest.Dialer{Rooms: rooms}.Dial(t, h))
	}
	rooms.Await(t, "broadcast", 5)
	clients[0].SendText("hello")
	for i, c := range clients {
		wantText(t, c, "hello")
		if i == 1 {
			c.SendBinary([]byte{1, 2})
		}
	}
	for _, c := range clients {
		if got := c.Receive(); !got.Binary || len(got.Data) != 2 {
			t.Errorf("got binary %v %v, want two bytes", got.Binary, got.Data)
		}
	}
	wantEnd(t, clients[0].Close(1000, ""), 1000, "")
	rooms.Await(t, "broadcast", 4)
}

// heard is what a chat's client receives.
type heard struct {
	Type, Name, Text string
	Present          []string
}

func (h heard) String() string {
	return strings.Join([]string{h.Type, h.Name, h.Text, strings.Join(h.Present, "+")}, " ")
}

func hear(t *testing.T, c *wshtest.Client) heard {
	t.Helper()
	var h heard
	text := c.ReceiveText()
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return h
}

func wantHeard(t *testing.T, c *wshtest.Client, want string) {
	t.Helper()
	if got := hear(t, c).String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChatKnowsWhoIsPresent(t *testing.T) {
	h := load(t, "chat")
	rooms := &wshtest.Rooms{}
	enter := func(name string) *wshtest.Client {
		return wshtest.Dialer{Resource: "/chat?name=" + name, Protocols: []string{"other", "chat"}, Rooms: rooms}.Dial(t, h)
	}
	ann := enter("Ann")
	wantHeard(t, ann, "join Ann  Ann")
	bob := enter("%20B%C3%B6b+")
	wantHeard(t, ann, "join Böb  Ann+Böb")
	wantHeard(t, bob, "join Böb  Ann+Böb")
	if got := bob.Response().Protocol; got != "chat" {
		t.Errorf("got subprotocol %q, want chat", got)
	}
	ann.SendText(`"quoted" <b>`)
	wantHeard(t, ann, `say Ann "quoted" <b> `)
	wantHeard(t, bob, `say Ann "quoted" <b> `)

	wantEnd(t, bob.Close(1000, ""), 1000, "")
	wantHeard(t, ann, "leave Böb  Ann")
	eve := enter("Eve")
	wantHeard(t, ann, "join Eve  Ann+Eve")
	eve.SendBinary([]byte{1})
	wantEnd(t, eve.Wait(), wsh.StatusUnsupportedData, "a chat is text")
	wantHeard(t, ann, "leave Eve  Ann")
	enter("Dan").Abort()
	wantHeard(t, ann, "join Dan  Ann+Dan")
	wantHeard(t, ann, "leave Dan  Ann")
}

func TestChatRemembers(t *testing.T) {
	h := load(t, "chat")
	rooms := &wshtest.Rooms{}
	rooms.Keep("chat", 60)
	enter := func(query string) *wshtest.Client {
		return wshtest.Dialer{Resource: "/chat?name=" + query, Rooms: rooms}.Dial(t, h)
	}
	ann := enter("Ann")
	wantHeard(t, ann, "join Ann  Ann")
	var ids []string
	for i := range 70 {
		ann.SendText(fmt.Sprint(i))
		wantHeard(t, ann, fmt.Sprintf("say Ann %d ", i))
	}
	kept, err := rooms.History("chat", 60)
	if err != nil || len(kept) != 60 {
		t.Fatalf("kept %d, %v: what is said, and not who comes", len(kept), err)
	}
	for _, p := range kept {
		ids = append(ids, p.ID) // of 10 to 69
	}
	for query, first := range map[string]int{"Bob": 20, "Bob&after=" + ids[56]: 67, "Bob&after=nothing": 20} {
		bob := enter(query)
		if strings.HasSuffix(query, "nothing") {
			wantHeard(t, bob, "gap   ")
		}
		for i := first; i < 70; i++ {
			var e struct{ ID, Text string }
			if text := bob.ReceiveText(); json.Unmarshal([]byte(text), &e) != nil || e.ID != ids[i-10] || e.Text != fmt.Sprint(i) {
				t.Fatalf("%s: got %s, want %d with the id %s", query, text, i, ids[i-10])
			}
		}
		wantHeard(t, bob, "join Bob  Ann+Bob")
		wantEnd(t, bob.Close(1000, ""), 1000, "")
	}
	if _, err := rooms.Publish("chat", wsh.Text("from outside"), wsh.PublishOptions{Live: true}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		wantHeard(t, ann, "join Bob  Ann+Bob")
		wantHeard(t, ann, "leave Bob  Ann")
	}
	wantHeard(t, ann, "news  from outside ")
}

// TestChatPresenceSettles has many come and go at once: the last list that is heard is the right one.
func TestChatPresenceSettles(t *testing.T) {
	h := load(t, "chat")
	rooms := &wshtest.Rooms{}
	watcher := wshtest.Dialer{Resource: "/chat?name=watcher", Rooms: rooms}.Dial(t, h)
	wantHeard(t, watcher, "join watcher  watcher")
	var guests []*wshtest.Client
	for i := range 20 {
		guests = append(guests, wshtest.Dialer{Resource: fmt.Sprintf("/chat?name=guest%02d", i), Rooms: rooms}.Dial(t, h))
	}
	rooms.Await(t, "chat", 21)
	for _, guest := range guests[1:] {
		guest.SendClose(1000, "")
	}
	var last heard
	for range 20 + 19 {
		last = hear(t, watcher)
	}
	slices.Sort(last.Present)
	if want := []string{"guest00", "watcher"}; !slices.Equal(last.Present, want) {
		t.Errorf("got %v, want %v", last.Present, want)
	}
}

func TestChatWantsAName(t *testing.T) {
	h := load(t, "chat")
	tests := []struct {
		name      string
		resource  string
		protocols []string
		status    int
	}{
		{"no name", "/chat", nil, 400},
		{"blank", "/chat?name=+", nil, 400},
		{"long", "/chat?name=" + strings.Repeat("x", 25), nil, 400},
		{"not UTF-8", "/chat?name=%ff", nil, 400},
		{"foreign subprotocol", "/chat?name=Ann", []string{"other"}, 400},
		{"just short enough", "/chat?name=" + strings.Repeat("%C3%A9", 24), nil, 101},
		{"no subprotocol", "/chat?name=Ann", nil, 101},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wshtest.Dialer{Resource: tt.resource, Protocols: tt.protocols}.Dial(t, h).Response()
			if got.Status != tt.status {
				t.Errorf("got %d %q, want %d", got.Status, got.Reason, tt.status)
			}
			if got.Status == 400 && got.Reason == http.StatusText(400) {
				t.Error("the answer does not say what is wrong")
			}
		})
	}
}

func TestTrackerTellsPositionsToAll(t *testing.T) {
	h := load(t, "tracker")
	rooms := &wshtest.Rooms{}
	dial := func() *wshtest.Client { return wshtest.Dialer{Rooms: rooms}.Dial(t, h) }
	one, two := dial(), dial()
	rooms.Await(t, "tracker", 2)
	for _, position := range []string{`["a",47.37,8.54]`, `["a",47.38,8.54]`} {
		one.SendText(position)
		wantText(t, one, position)
		wantText(t, two, position)
	}

	late := dial() // is told where a was last
	wantText(t, late, `["a",47.38,8.54]`)
	wantEnd(t, one.Close(1000, ""), 1000, "")
	rooms.Await(t, "tracker", 2)
	later := dial() // a is gone, and so is its position
	rooms.Await(t, "tracker", 3)
	two.SendText(`[7,-90,180]`)
	wantText(t, later, `[7,-90,180]`)
}

func TestTrackerRefusesWhatIsNoPosition(t *testing.T) {
	h := load(t, "tracker")
	const array = "want a JSON array: [id, latitude, longitude]"
	tests := []struct{ message, reason string }{
		{"hello", array},
		{`["a",1]`, array},
		{`{"id":1}`, array},
		{`["a",91,0]`, "want a latitude of -90 to 90 degrees"},
		{`["a","1",0]`, "want a latitude of -90 to 90 degrees"},
		{`["a",0,-181]`, "want a longitude of -180 to 180 degrees"},
		{`["a",0,null]`, "want a longitude of -180 to 180 degrees"},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			c := wshtest.Dial(t, h)
			c.SendText(tt.message)
			wantEnd(t, c.Wait(), wsh.StatusPolicyViolation, tt.reason)
		})
	}
}
