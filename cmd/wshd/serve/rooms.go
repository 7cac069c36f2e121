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

// openRooms makes the rooms, and begins to connect to the NATS servers or folder, if there are any.
func (h *hosting) openRooms(s *config.Settings) {
	h.since = time.Now()
	h.rooms = &room.Hub{Queue: s.Rooms.Queue, Bytes: int(s.Limits.WriteBuffer), Overflow: overflowOf(s), Offer: stream.Offer,
		Retention: keeping(s), HistorySize: int(s.Rooms.HistorySize)}
	if s.Rooms.Store == "" && len(s.Rooms.NATS.Servers) == 0 {
		return
	}
	n := s.Rooms.NATS
	h.nats = nats.Open(h.rooms, nats.Config{Folder: s.Rooms.Store, Sync: s.Rooms.Sync, Servers: n.Servers,
		Credentials: n.Credentials, CA: n.CA, Prefix: n.Prefix, Replicas: n.Replicas, Retention: h.rooms.Retention, Log: h.log.Logger})
}

func (h *hosting) closeRooms() {
	h.rooms.Close()
	if h.nats != nil {
		h.nats.Close()
	}
}

// wshRooms are the rooms for handlers.
func (h *hosting) wshRooms() wsh.Rooms {
	if h.nats != nil {
		return h.nats
	}
	return h.rooms
}

func (h *hosting) roomStats() room.Stats {
	if h.nats != nil {
		return h.nats.Stats()
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
func keeping(s *config.Settings) map[string]room.Retention {
	keep := map[string]room.Retention{}
	for _, h := range s.Rooms.History {
		keep[h.Room] = room.Retention{Messages: h.Messages, Age: h.Age}
	}
	return keep
}

// maxPublished is the largest message that the admin listener takes where limits.message_size is none.
const maxPublished = 8 << 20

func (h *hosting) adminRooms(s *config.Settings) *admin.Rooms {
	rooms := h.wshRooms()
	r := &admin.Rooms{Publish: rooms.Publish, Direct: rooms.Direct, List: h.rooms.List, Members: rooms.Members, History: rooms.History,
		Stats: h.roomStats, MessageSize: int64(s.Limits.MessageSize)}
	if h.nats != nil {
		r.List = h.nats.List
	}
	if r.MessageSize == 0 {
		r.MessageSize = maxPublished
	}
	return r
}
