package wsh_test

import (
	"errors"
	"fmt"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestRoomTellsWhoIsIn(t *testing.T) {
	var rooms wshtest.Rooms
	h := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { r.Name = r.URL.Query().Get("name"); return nil },
		TransferData: func(r *wsh.Request) error {
			room := r.Join("a")
			if r.Join("a") != room {
				t.Error("a second seat")
			}
			return r.Each(func(m wsh.Message) error {
				if m.Text() == "leave" {
					room.Leave()
					room.Leave()
				}
				var names []string
				for _, m := range room.Members() {
					names = append(names, m.Name)
					if m.ID == "" || m.RemoteAddr == "" || m.Since.IsZero() {
						t.Errorf("got %+v", m)
					}
				}
				return r.SendText(fmt.Sprint(room.Len(), names))
			})
		},
	}
	says := func(c *wshtest.Client, text, want string) {
		t.Helper()
		c.SendText(text)
		if got := c.ReceiveText(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	ann := wshtest.Dialer{Resource: "/?name=ann", Rooms: &rooms}.Dial(t, h)
	rooms.Await(t, "a", 1)
	bob := wshtest.Dialer{Resource: "/?name=bob", Rooms: &rooms}.Dial(t, h)
	rooms.Await(t, "a", 2)
	says(ann, "who", "2 [ann bob]")
	says(ann, "leave", "1 [bob]")
	says(bob, "who", "1 [bob]")
	bob.Close(1000, "") // leaves too
	says(ann, "who", "0 []")
}

func TestPublishReachesMembersOnly(t *testing.T) {
	var rooms wshtest.Rooms
	h := handler(func(r *wsh.Request) error {
		return r.Each(func(m wsh.Message) error {
			switch verb, room := m.Text()[:1], m.Text()[1:]; verb {
			case "+":
				r.Join(room)
				return nil
			default:
				return r.Publish(room, m)
			}
		})
	})
	var clients []*wshtest.Client
	for _, room := range []string{"+a", "+a", "+b"} {
		c := wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
		c.SendText(room)
		clients = append(clients, c)
	}
	rooms.Await(t, "a", 2)
	rooms.Await(t, "b", 1)
	clients[2].SendText("!a") // not a member
	clients[2].SendText("!b") // a member
	for i, want := range []string{"!a", "!a", "!b"} {
		if got := clients[i].ReceiveText(); got != want {
			t.Errorf("client %d: got %s, want %s", i, got, want)
		}
	}
}

// TestPublishFromAnywhere is not parallel: what serves is the process's.
func TestPublishFromAnywhere(t *testing.T) {
	h := handler(func(r *wsh.Request) error { r.Join("a"); return r.Each(r.SendMessage) })
	dial := func(t *testing.T) (c *wshtest.Client) {
		var rooms wshtest.Rooms // which are served until the end of t
		c = wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
		rooms.Await(t, "a", 1)
		return c
	}
	publish := func(text string) {
		t.Helper()
		if err := wsh.Publish("a", wsh.Text(text)); err != nil {
			t.Error(err)
		}
	}
	t.Run("one", func(t *testing.T) {
		a := dial(t)
		t.Run("two", func(t *testing.T) {
			b := dial(t)
			publish("both")
			b.Expect("both")
		})
		publish("one")
		a.Expect("both", "one")
		a.SendText("end")
		a.Expect("end")
	})
	publish("nobody")
}

func TestWithoutRooms(t *testing.T) {
	r := &wsh.Request{Resource: "/a"}
	_, end := wsh.Attach(r, wsh.Link{})
	defer end()
	room := r.Join("a")
	if room.Len() != 0 || room.Members() != nil {
		t.Errorf("got %d, %v", room.Len(), room.Members())
	}
	if err := room.Publish(wsh.Text("x")); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
	room.Leave()
	r.Log().Info("goes nowhere")
	if r.URL.Path != "/a" || r.Header == nil || r.ExtraHeaders == nil || r.Context().Err() != nil {
		t.Errorf("got %+v", r)
	}
}

// TestEndLeavesForGood has a goroutine of the handler outlive its connection, and join.
func TestEndLeavesForGood(t *testing.T) {
	var rooms wshtest.Rooms
	var left *wsh.Request
	c := wshtest.Dialer{Rooms: &rooms}.Dial(t, handler(func(r *wsh.Request) error {
		r.Join("a")
		r.Join("b")
		left = r
		return nil
	}))
	c.Wait()
	left.Join("c")
	if n := rooms.Len("a") + rooms.Len("b") + rooms.Len("c"); n != 0 {
		t.Errorf("%d seats are left", n)
	}
	if left.Context().Err() == nil {
		t.Error("the context goes on after the end")
	}
}
