package wshtest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// TestStoresInTests needs no waiting: in a bubble ages pass by themselves. host/room/roomtest tries the rest.
func TestStoresInTests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rooms wshtest.Rooms
		defer wsh.Serve(&rooms)()
		s, err := wsh.OpenStore("s")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.PutFor("k", []byte("v"), time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Minute)
		again, _ := wsh.OpenStore("s")
		if got, err := again.Get("k"); string(got) != "v" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		time.Sleep(2 * time.Minute)
		if _, err := s.Get("k"); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
	if _, err := wsh.OpenStore("s"); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("without a host: got %v, want ErrBadOperation", err)
	}
}
