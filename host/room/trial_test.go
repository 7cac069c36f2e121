package room_test

import (
	"errors"
	"flag"
	"testing"

	"wshd/host/room"
	"wshd/host/room/roomtest"
	"wshd/plugins/wsh"
)

// long is for trials by hand: go test -run Trial -long ./host/room/...
var long = flag.Bool("long", false, "try for longer")

func TestTrialOfRoomsThatRemember(t *testing.T) {
	times, publications := 2, 1000
	if *long {
		times, publications = 100, 20000
	}
	for seed := range times {
		h := &room.Hub{Queue: 16, Retention: map[string]room.Retention{"*": {Messages: 100}}}
		if seed%2 == 1 {
			h.HistorySize = 60 * 170 // less than all rooms keep
		}
		(&roomtest.Trial{Hosts: []wsh.Rooms{h}, Rooms: 3, Publishers: 4, Publications: publications, Subscribers: 4,
			Last: 10, Slow: 100, Away: 150, Seed: uint64(seed)}).Run(t)
		h.Close()
	}
}

func TestStoresInMemory(t *testing.T) {
	h := &room.Hub{}
	roomtest.Stores(t, h)
	if got := h.Stats().HistoryBytes; got <= 0 {
		t.Errorf("stores take %d bytes", got)
	}
}

// TestStoresMakeRoomsForget: what rooms keep is forgotten for what stores do, and at last there is no space.
func TestStoresMakeRoomsForget(t *testing.T) {
	h := &room.Hub{HistorySize: 20000, Retention: map[string]room.Retention{"*": {Messages: 10}}}
	if _, err := h.Publish("r", wsh.Binary(make([]byte, 10000)), wsh.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	k, err := h.OpenStore("s")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Put("k", make([]byte, 15000), 0); err != nil {
		t.Fatal(err)
	}
	if list, _ := h.History("r", 1); len(list) != 0 {
		t.Errorf("the room keeps %d", len(list))
	}
	if err := k.Put("more", make([]byte, 10000), 0); !errors.Is(err, wsh.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if err := k.Delete("k"); err != nil {
		t.Fatal(err)
	}
	if err := k.Put("more", make([]byte, 10000), 0); err != nil {
		t.Errorf("after a delete: %v", err)
	}
	if err := k.Delete("more"); err != nil || h.Stats().HistoryBytes != 0 {
		t.Errorf("%v, %d bytes are left", err, h.Stats().HistoryBytes)
	}
}
