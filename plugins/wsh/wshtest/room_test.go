package wshtest_test

import (
	"errors"
	"fmt"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestRoomsOutliveAMember(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		r.Join("a")
		return r.Each(func(m wsh.Message) error { return r.Publish("a", m) })
	})
	var rooms wshtest.Rooms
	one, two := wshtest.Dialer{Rooms: &rooms}.Dial(t, h), wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
	rooms.Await(t, "a", 2)
	one.Abort()
	rooms.Await(t, "a", 1)
	for i := range 100 {
		two.SendText(fmt.Sprint(i))
	}
	for i := range 100 {
		if got := two.ReceiveText(); got != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", got, i)
		}
	}
	if _, err := rooms.Publish("a", wsh.Text("\xff"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("publish of broken text: got %v, want ErrBadOperation", err)
	}
	two.Close(1000, "")
	if n := len(rooms.Members("a")); n != 0 {
		t.Errorf("got %d members, want 0", n)
	}
}
