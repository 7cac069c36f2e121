package wshtest_test

import (
	"errors"
	"fmt"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// remembering joins a room after the id that its client says, and tells ids to it.
func remembering(r *wsh.Request) error {
	m, err := r.ReceiveMessage()
	if err != nil {
		return err
	}
	room, err := r.JoinAfter("a", m.Text())
	if errors.Is(err, wsh.ErrForgotten) {
		if err := r.SendText("forgotten"); err != nil {
			return err
		}
		room, err = r.JoinLast("a", 2)
	}
	if err != nil {
		return err
	}
	return r.Each(room.Publish)
}

func TestRoomsRememberInTests(t *testing.T) {
	h := handler(remembering)
	h.RenderPublication = func(p wsh.Publication) wsh.Message { return wsh.Text(p.ID + " " + p.Message.Text()) }
	var rooms wshtest.Rooms
	rooms.Keep("*", 1)
	rooms.Keep("a", 3)
	var ids []string
	for i := range 5 {
		id, err := rooms.Publish("a", wsh.Text(fmt.Sprint(i)), wsh.PublishOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if id, _ := rooms.Publish("a", wsh.Text("live"), wsh.PublishOptions{Live: true}); id != "" {
		t.Errorf("got the id %q of what is not kept", id)
	}
	said := func(i int) string { return fmt.Sprintf("%s %d", ids[i], i) }
	for _, test := range []struct {
		after string
		want  []string
	}{{"", nil}, {ids[4], nil}, {ids[2], []string{said(3), said(4)}}, {ids[1], []string{"forgotten", said(3), said(4)}}, {"x", []string{"forgotten", said(3), said(4)}}} {
		c := wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
		c.SendText(test.after)
		for _, want := range test.want {
			if got := c.ReceiveText(); got != want {
				t.Errorf("after %q: got %q, want %q", test.after, got, want)
			}
		}
		rooms.Await(t, "a", 1)
		c.Close(1000, "")
	}
	defer wsh.Serve(&rooms)()
	for n, want := range map[int]int{0: 0, 2: 2, 9: 3} {
		if list, err := wsh.History("a", n); len(list) != want || err != nil {
			t.Errorf("history of %d: got %d, %v, want %d", n, len(list), err, want)
		}
	}
}

func TestJoiningOnceMoreAsksForNothing(t *testing.T) {
	var rooms wshtest.Rooms
	h := handler(func(r *wsh.Request) error {
		first, err := r.JoinLast("a", 5)
		if err != nil {
			t.Error(err)
		}
		if again, err := r.JoinAfter("a", ""); again != first || err != nil {
			t.Errorf("got %v, %v, want the same seat", again, err)
		}
		if _, err := r.JoinAfter("a", "x"); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("got %v, want ErrBadOperation", err)
		}
		if _, err := r.JoinAfter("b", "x"); !errors.Is(err, wsh.ErrForgotten) || rooms.Len("b") > 0 {
			t.Errorf("got %v, want ErrForgotten", err)
		}
		return nil
	})
	t.Run("a host", func(t *testing.T) { wshtest.Dialer{Rooms: &rooms}.Dial(t, h).Wait() })
	if _, err := wsh.History("a", 1); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("without a host: got %v, want ErrBadOperation", err)
	}
}
