package wsh

import (
	"fmt"
	"slices"
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

	// Lost is set in what WatchMembers tells: it has left since its host has died, and nothing of its handler's
	// has run.
	Lost bool `json:"-"`
}

// Join makes the connection a member of the room until it leaves or ends; joining again gives the
// same seat. What is published there is sent to the client in the background: a client that cannot keep
// up holds nobody up. In a room that keeps what is published it is closed with 1013 once it is further
// behind than what is kept, and may come back with JoinAfter. In another it loses its oldest messages or is
// closed with 1013, as the host's rooms.overflow says.
func (r *Request) Join(room string) *Room {
	seat, err := r.join(room, "", 0)
	if err != nil { // nothing was asked for that could fail, but that nobody may join any more
		return &Room{name: room, r: r, leave: func(time.Time) {}}
	}
	return seat
}

// JoinAfter is Join for a client that was here before: it is first sent what was published after the
// publication of that id, as [Publication] has it, and then what is published from then on; nothing is
// missing, nothing comes twice. If that cannot be promised the error is ErrForgotten, and the connection
// has not joined: JoinLast may do instead. So it is in a room that keeps nothing. With "" it is Join.
// ErrUnavailable: what keeps the publications cannot be reached.
func (r *Request) JoinAfter(room, id string) (*Room, error) { return r.join(room, id, 0) }

// JoinLast is Join that first sends the last n publications that the room keeps.
func (r *Request) JoinLast(room string, n int) (*Room, error) { return r.join(room, "", max(n, 0)) }

func (r *Request) join(room, after string, last int) (*Room, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seat := r.joined[room]; seat != nil {
		if after != "" || last > 0 {
			return nil, fmt.Errorf("join %q: %w: the connection is a member already", room, ErrBadOperation)
		}
		return seat, nil
	}
	if r.rooms == nil {
		return nil, fmt.Errorf("join %q: %w: there are no rooms", room, ErrBadOperation)
	}
	if r.over { // a goroutine of the handler's has outlived the connection
		return nil, fmt.Errorf("join %q: %w", room, ErrClosed)
	}
	leave, err := r.rooms.Join(room, JoinOptions{
		Member: Member{ID: r.id, Name: r.Name, RemoteAddr: r.RemoteAddr, Since: time.Now()},
		Stream: r.s, Render: r.render, After: after, Last: last,
	})
	if err != nil {
		return nil, fmt.Errorf("join %q: %w", room, err)
	}
	if r.joined == nil {
		r.joined = map[string]*Room{}
	}
	seat := &Room{name: room, r: r, leave: leave}
	r.joined[room] = seat
	return seat, nil
}

// Publish sends m to every member of a room, without joining it. If the connection is a member it
// gets its own message too. It never waits for a member. Text must be valid UTF-8. In a room that keeps
// what is published ErrUnavailable says that it may not have been kept, since what keeps it cannot be
// reached; it is returned within three seconds.
func (r *Request) Publish(room string, m Message) error {
	return publish(r.rooms, room, m, PublishOptions{More: r.ahead()})
}

// ahead reports whether the handler will most likely publish again at once.
func (r *Request) ahead() bool { return r.s != nil && r.s.Ahead() }

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

// PublishLive is Publish of what is worth nothing later, such as who is typing: it is not kept, and a
// member that cannot take it in time may miss it.
func (room *Room) PublishLive(m Message) error {
	return publish(room.r.rooms, room.name, m, PublishOptions{More: room.r.ahead(), Live: true})
}

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
	for i, rooms := range serving.rooms {
		if slices.Contains(serving.rooms[:i], rooms) {
			continue // served twice
		}
		if err := publish(rooms, room, m, PublishOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// PublishLive is [Room.PublishLive] from anywhere.
func PublishLive(room string, m Message) error {
	serving.RLock()
	defer serving.RUnlock()
	for i, rooms := range serving.rooms {
		if slices.Contains(serving.rooms[:i], rooms) {
			continue // served twice
		}
		if err := publish(rooms, room, m, PublishOptions{Live: true}); err != nil {
			return err
		}
	}
	return nil
}

func publish(rooms Rooms, room string, m Message, p PublishOptions) error {
	if rooms == nil {
		return fmt.Errorf("publish to %q: %w: there are no rooms", room, ErrBadOperation)
	}
	_, err := rooms.Publish(room, m, p)
	return err
}

// served are the rooms that the package's functions ask.
func served() (Rooms, error) {
	serving.RLock()
	defer serving.RUnlock()
	if len(serving.rooms) == 0 {
		return nil, fmt.Errorf("%w: there are no rooms", ErrBadOperation)
	}
	return serving.rooms[len(serving.rooms)-1], nil
}
