package wsh

import (
	"fmt"
	"sync"
	"time"
)

// Room is a connection's seat in a named room. Names are host-wide: handlers share them. A room
// exists while it has members, and outlasts a reload of the script.
type Room struct {
	name  string
	r     *Request
	leave func(until time.Time)
}

// Member is one of those in a room.
type Member struct {
	ID         string // unique among all connections
	Name       string // Request.Name when it joined
	RemoteAddr string
	Since      time.Time
}

// Join makes the connection a member of the room until it leaves or ends; joining again gives the
// same seat. What is published there is sent to the client in the background, from a queue of its
// own: a client that cannot keep up loses its oldest messages or is closed with 1013, as the host's
// rooms.overflow says, and holds nobody up.
func (r *Request) Join(room string) *Room {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seat := r.joined[room]; seat != nil {
		return seat
	}
	if r.rooms == nil || r.over { // over: a goroutine of the handler's has outlived the connection
		return &Room{name: room, r: r, leave: func(time.Time) {}}
	}
	m := Member{ID: r.id, Name: r.Name, RemoteAddr: r.RemoteAddr, Since: time.Now()}
	seat := &Room{name: room, r: r, leave: r.rooms.Join(room, m, r.s)}
	if r.joined == nil {
		r.joined = map[string]*Room{}
	}
	r.joined[room] = seat
	return seat
}

// Publish sends m to every member of a room, without joining it. If the connection is a member it
// gets its own message too. It never waits for a member. Text must be valid UTF-8.
func (r *Request) Publish(room string, m Message) error {
	return publish(r.rooms, room, m, r.s != nil && r.s.Ahead())
}

// leaveAll leaves the rooms for good. What has been queued is sent by until, or dropped.
func (r *Request) leaveAll(until time.Time) {
	r.mu.Lock()
	seats := r.joined
	r.joined, r.over = nil, true
	r.mu.Unlock()
	for _, seat := range seats {
		seat.leave(until)
	}
}

// Publish sends m to every member, the publisher too while it is one. It never waits for a member.
func (room *Room) Publish(m Message) error { return room.r.Publish(room.name, m) }

// Len is the number of members.
func (room *Room) Len() int {
	if room.r.rooms == nil {
		return 0
	}
	return room.r.rooms.Len(room.name)
}

// Members lists who is in the room, in the order in which they came.
func (room *Room) Members() []Member {
	if room.r.rooms == nil {
		return nil
	}
	return room.r.rooms.Members(room.name)
}

// Leave ends the membership, and drops what has not been sent yet. The end of the connection leaves,
// too, but what was published before it is sent first.
func (room *Room) Leave() {
	room.r.mu.Lock()
	if room.r.joined[room.name] == room {
		delete(room.r.joined, room.name)
	}
	room.r.mu.Unlock()
	room.leave(time.Time{})
}

// serving is where the package-level Publish leads: scripts call it with no request at hand, so the
// process must know its rooms.
var serving struct {
	sync.RWMutex
	rooms []Rooms
}

// Serve makes the package-level Publish reach rooms, until stop is called. For hosts and tests.
func Serve(rooms Rooms) (stop func()) {
	serving.Lock()
	defer serving.Unlock()
	serving.rooms = append(serving.rooms, rooms)
	return func() {
		serving.Lock()
		defer serving.Unlock()
		for i, other := range serving.rooms {
			if other == rooms {
				serving.rooms = append(serving.rooms[:i:i], serving.rooms[i+1:]...)
				return
			}
		}
	}
}

// Publish sends m to every member of a room, from anywhere: a timer, or ServeHTTP.
func Publish(room string, m Message) error {
	serving.RLock()
	defer serving.RUnlock()
	for _, rooms := range serving.rooms {
		if err := publish(rooms, room, m, false); err != nil {
			return err
		}
	}
	return nil
}

func publish(rooms Rooms, room string, m Message, more bool) error {
	if rooms == nil {
		return fmt.Errorf("publish to %q: %w: there are no rooms", room, ErrBadOperation)
	}
	return rooms.Publish(room, m, more)
}
