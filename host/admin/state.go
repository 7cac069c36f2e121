package admin

import (
	"errors"
	"strings"

	"wshd/host/room"
)

// RoomState is how the rooms are.
type RoomState struct {
	Rooms        int   `json:"rooms"` // with members
	Connections  int   `json:"connections"`
	Kept         int   `json:"kept"` // rooms that keep something
	HistoryBytes int64 `json:"historyBytes"`
	Dropped      int64 `json:"dropped"` // messages that slow connections lost
	Closed       int64 `json:"closed"`  // connections closed with 1013

	// Of what lies beyond this process: NATS servers, or the store's folder.
	Backend    string   `json:"backend,omitempty"` // "connected" or "disconnected"; "": rooms are in this process only
	Where      string   `json:"where,omitempty"`   // "NATS" or "store"
	Wrong      []string `json:"wrong,omitempty"`   // what is unavailable, and why
	Reconnects int64    `json:"reconnects"`
	Unsent     int64    `json:"unsent"` // publications that reached the members here only
	Late       int64    `json:"late"`   // publishes that were not answered in time
	Gaps       int64    `json:"gaps"`   // rooms whose members were closed
	Lag        float64  `json:"lag"`    // seconds from the storing of the last publication until it was here
}

// StateOf is what counts tell.
func StateOf(s room.Stats) RoomState {
	state := RoomState{Rooms: s.Rooms, Connections: s.Members, Kept: s.Remembered, HistoryBytes: s.HistoryBytes, Dropped: s.Dropped, Closed: s.Closed}
	f := s.Backend
	if f == nil {
		return state
	}
	state.Backend, state.Where = "disconnected", "NATS"
	if f.Connected {
		state.Backend = "connected"
	}
	if f.Store {
		state.Where = "store"
	}
	state.Wrong, state.Reconnects, state.Unsent, state.Late, state.Gaps, state.Lag = f.Wrong, f.Reconnects, f.Unsent, f.Late, f.Gaps, f.Lag.Seconds()
	return state
}

// wrong is what /readyz tells everybody of the rooms; nil: they are well. The reasons hold addresses and names of files.
func (s RoomState) wrong() error {
	switch {
	case s.Backend == "disconnected":
		return errors.New("rooms: " + s.Where + " cannot be reached")
	case len(s.Wrong) > 0:
		var what []string
		for _, w := range s.Wrong {
			key, _, _ := strings.Cut(w, ": ")
			what = append(what, key)
		}
		return errors.New("rooms: unavailable: " + strings.Join(what, ", "))
	}
	return nil
}
