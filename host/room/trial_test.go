package room_test

import (
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
		h := &room.Hub{Queue: 16, Keep: map[string]room.Keep{"*": {Messages: 100}}}
		if seed%2 == 1 {
			h.HistorySize = 60 * 170 // less than all rooms keep
		}
		(&roomtest.Trial{Hosts: []wsh.Rooms{h}, Rooms: 3, Publishers: 4, Publications: publications, Subscribers: 4,
			Last: 10, Slow: 100, Away: 150, Seed: uint64(seed)}).Run(t)
		h.Close()
	}
}
