package script

import (
	"os"
	"path/filepath"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// TestWhatAVersionStartsEndsWithIt has init watch a room, and count in a store, until the version is retired.
func TestWhatAVersionStartsEndsWithIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x_wsh.go")
	if err := os.WriteFile(file, []byte(`package main

import (
	"strconv"

	"wshd/plugins/wsh"
)

func init() { go watch() }

func watch() {
	err := wsh.WatchMembers(wsh.VersionContext(), "r", func(m wsh.Member, joined bool) { count("came") })
	if err == nil && wsh.VersionContext().Err() != nil {
		count("ended")
	}
}

func count(key string) {
	s, err := wsh.OpenStore("counts")
	if err != nil {
		panic(err)
	}
	if err := s.Update(key, func(old []byte) ([]byte, error) {
		n, _ := strconv.Atoi(string(old))
		return []byte(strconv.Itoa(n + 1)), nil
	}); err != nil {
		panic(err)
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	r.Join("r")
	if err := wsh.SendTo(r.ID(), wsh.Text("to "+r.ID())); err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error { return wsh.Disconnect(r.ID(), 4000, m.Text()) })
}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	var rooms wshtest.Rooms
	defer wsh.Serve(&rooms)()
	h, err := Load(t.Context(), Config{}, file, "x_wsh.go")
	if err != nil {
		t.Fatal(err)
	}
	s, err := wsh.OpenStore("counts")
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan string)
	go func() {
		_ = s.Watch(t.Context(), "", func(e wsh.Entry) {
			select {
			case changed <- e.Key + " " + string(e.Value):
			case <-t.Context().Done():
			}
		})
	}()
	c := wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
	if got := <-changed; got != "came 1" {
		t.Errorf("got %s, want came 1", got)
	}
	if got := c.ReceiveText(); len(got) < 5 || got[:4] != "to c" {
		t.Errorf("got %q", got)
	}
	h.Life.Retire() // while a connection is on it
	if got := <-changed; got != "ended 1" {
		t.Errorf("got %s, want ended 1", got)
	}
	c.SendText("bye")
	if end := c.Wait(); end.Code != 4000 || end.Reason != "bye" {
		t.Errorf("got %v, want 4000 bye", end)
	}
}
