package serve

import (
	"time"

	"wshd/cmd/wshd/config"
	"wshd/host/admin"
	"wshd/host/room"
	"wshd/host/room/nats"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// openRooms makes the rooms, and begins to reach for what lies beyond this process.
func (h *hosting) openRooms(s *config.Settings) {
	h.since = time.Now()
	h.rooms = &room.Hub{Queue: s.Rooms.Queue, Bytes: int(s.Limits.WriteBuffer), Overflow: overflowOf(s), Offer: stream.Offer,
		Keep: keeping(s), HistorySize: int(s.Rooms.HistorySize)}
	if s.Rooms.Store == "" && len(s.Rooms.NATS.Servers) == 0 {
		return
	}
	n := s.Rooms.NATS
	h.far = nats.Open(h.rooms, nats.Config{Folder: s.Rooms.Store, Sync: s.Rooms.Sync, Servers: n.Servers,
		Credentials: n.Credentials, CA: n.CA, Prefix: n.Prefix, Replicas: n.Replicas, Keep: h.rooms.Keep, Log: h.log.Logger})
}

func (h *hosting) closeRooms() {
	h.rooms.Close()
	if h.far != nil {
		h.far.Close()
	}
}

// wshRooms are the rooms for handlers.
func (h *hosting) wshRooms() wsh.Rooms {
	if h.far != nil {
		return h.far
	}
	return h.rooms
}

func (h *hosting) roomStats() room.Stats {
	if h.far != nil {
		return h.far.Stats()
	}
	return h.rooms.Stats()
}

func overflowOf(s *config.Settings) room.Overflow {
	if s.Rooms.Overflow == "close" {
		return room.Close
	}
	return room.DropOldest
}

// keeping is what rooms keep.
func keeping(s *config.Settings) map[string]room.Keep {
	keep := map[string]room.Keep{}
	for _, h := range s.Rooms.History {
		keep[h.Room] = room.Keep{Messages: h.Messages, Age: h.Age}
	}
	return keep
}

// maxPublished is the largest message that the admin listener takes where limits.message_size is none.
const maxPublished = 8 << 20

func (h *hosting) adminRooms(s *config.Settings) *admin.Rooms {
	rooms := h.wshRooms()
	r := &admin.Rooms{Publish: rooms.Publish, Reach: rooms.Reach, List: h.rooms.List, Members: rooms.Members, History: rooms.History,
		Stats: h.roomStats, MessageSize: int64(s.Limits.MessageSize)}
	if h.far != nil {
		r.List = h.far.List
	}
	if r.MessageSize == 0 {
		r.MessageSize = maxPublished
	}
	return r
}
