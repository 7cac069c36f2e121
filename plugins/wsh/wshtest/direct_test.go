package wshtest_test

import (
	"errors"
	"strconv"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestSendToAndDisconnectInTests(t *testing.T) {
	var rooms wshtest.Rooms
	defer wsh.Serve(&rooms)()
	ids := make(chan string, 2)
	h := handler(func(r *wsh.Request) error {
		ids <- r.ID()
		return r.Each(func(wsh.Message) error { return nil })
	})
	ann := wshtest.Dialer{Rooms: &rooms, User: &wsh.User{Name: "ann"}}.Dial(t, h)
	id := <-ids
	bob := wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
	other := <-ids
	for _, err := range []error{wsh.SendTo(id, wsh.Text("1")), wsh.SendToUser("ann", wsh.Text("2")), wsh.SendTo(other, wsh.Text("3"))} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, want := range []string{"1", "2"} {
		if got := ann.ReceiveText(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := bob.ReceiveText(); got != "3" {
		t.Errorf("got %q, want 3", got)
	}
	for what, err := range map[string]error{
		"text": wsh.SendTo(id, wsh.Text("\xff")), "code": wsh.Disconnect(id, 1005, ""), "reason": wsh.Disconnect(id, 4000, string(make([]byte, 124))),
	} {
		if !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("%s: got %v, want ErrBadOperation", what, err)
		}
	}
	for what, err := range map[string]error{
		"member": wsh.SendTo("x", wsh.Text("")), "user": wsh.DisconnectUser("x", 4000, ""), "nobody": wsh.SendToUser("", wsh.Text("")),
	} {
		if !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", what, err)
		}
	}
	if err := wsh.DisconnectUser("ann", 4000, "bye"); err != nil {
		t.Error(err)
	}
	if got := ann.Wait(); got.Code != 4000 {
		t.Errorf("got %v, want 4000", got)
	}
}

func TestSendToKeepsItsOrder(t *testing.T) {
	var rooms wshtest.Rooms
	defer wsh.Serve(&rooms)()
	ids := make(chan string, 1)
	c := wshtest.Dialer{Rooms: &rooms}.Dial(t, handler(func(r *wsh.Request) error {
		ids <- r.ID()
		return r.Each(func(wsh.Message) error { return nil })
	}))
	id := <-ids
	for n := range 1000 {
		if err := wsh.SendTo(id, wsh.Text(strconv.Itoa(n))); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 1000 {
		if got, want := c.ReceiveText(), strconv.Itoa(n); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}
