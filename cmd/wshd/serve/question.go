package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"wshd/host/admin"
	"wshd/host/room"
	"wshd/plugins/wsh"
)

// Published is one message for a room, asked for by the control socket. A message is at most the 8 MiB that the
// socket takes in one line.
type Published struct {
	Room string `json:"room"`
	Data []byte `json:"data"`
}

// Status is how the running wshd is.
type Status struct {
	Version     string          `json:"version"`
	Ready       string          `json:"ready"` // "ok", or why no new connections should come
	Since       time.Time       `json:"since"`
	Connections int64           `json:"connections"`
	Ended       int64           `json:"ended"` // connections
	MessagesIn  int64           `json:"messagesIn"`
	MessagesOut int64           `json:"messagesOut"`
	Serving     int             `json:"handlersServing"` // paths
	Failing     int             `json:"handlersFailing"` // whose script does not load as it is now
	Memory      uint64          `json:"memory"`          // bytes taken from the system
	Rooms       admin.RoomState `json:"rooms"`
}

// ask answers what only looks, or speaks into a room: it waits for no reload. is: it knows the question.
func (h *hosting) ask(command, argument string) (a answer, is bool) {
	switch command {
	case "publish":
		a.text, a.err = h.publishFor(argument)
	case "rooms":
		list := []room.Info{}
		if h.nats != nil {
			list = append(list, h.nats.List()...)
		} else {
			list = append(list, h.rooms.List()...)
		}
		a.text, a.err = asJSON(list)
	case "status":
		a.text, a.err = asJSON(h.status())
	default:
		return a, false
	}
	return a, true
}

func asJSON(what any) (string, error) {
	text, err := json.Marshal(what)
	return string(text), err
}

func (h *hosting) publishFor(argument string) (string, error) {
	var p Published
	if err := json.Unmarshal([]byte(argument), &p); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	id, err := h.wshRooms().Publish(p.Room, wsh.Message{Data: p.Data}, wsh.PublishOptions{ID: true})
	if err != nil {
		return "", err
	}
	return asJSON(map[string]string{"room": p.Room, "id": id})
}

func (h *hosting) status() Status {
	t := h.totals()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := Status{Version: h.Version, Ready: "ok", Since: h.since, Connections: t.Open, Ended: t.Ended, MessagesIn: t.MessagesIn,
		MessagesOut: t.MessagesOut, Memory: m.Sys}
	if err := ready(h.server, h.counts.registry.Load()); err != nil {
		s.Ready = err.Error()
	}
	s.Serving, s.Failing = h.counts.handlers()
	s.Rooms = admin.StateOf(h.roomStats())
	return s
}

// places bounds how many are answered at a time by the control socket.
const places = 16

// heed answers questions and takes orders until the control socket is closed.
func (h *hosting) heed(ctx context.Context, orders chan<- order) {
	place := make(chan struct{}, places)
	for {
		c, err := h.control.Accept()
		if err != nil {
			break
		}
		place <- struct{}{}
		go func() {
			defer func() { <-place }()
			heedOne(ctx, c, h.ask, orders)
		}()
	}
	for range places {
		place <- struct{}{}
	}
}
