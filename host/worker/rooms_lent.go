package worker

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// lentRooms lets a handler's process use the host's rooms.
type lentRooms struct {
	f     *frames
	rooms wsh.Rooms
	gone  chan struct{} // closed when the process has gone

	mu     sync.Mutex
	lines  map[uint64]*lentLine
	seats  map[uint64]*lentSeat
	stops  map[uint64]context.CancelFunc
	stores map[string]wsh.Keeper
	over   bool
}

// lentLine is a connection of the process's. It is the wsh.Stream that the host's rooms deliver to, as far
// as they use one.
type lentLine struct {
	wsh.Stream // nil: rooms call nothing else
	l          *lentRooms
	n          uint64
	seats      int // guarded by lentRooms.mu
	taken      chan error
}

// lentSeat is its place in one room.
type lentSeat struct {
	line  *lentLine
	leave func(until time.Time)
}

// Deliver sends the process one publication, and waits until its client has taken it.
func (s *lentLine) Deliver(m *wsh.Outgoing, more bool) error {
	p := m.Publication()
	data := p.Message.Data
	p.Message.Data = nil
	if err := s.l.f.write(frameDeliver, s.n, &roomAnswer{At: &p, More: more}, data); err != nil {
		return fmt.Errorf("%w: %w", wsh.ErrClosed, err)
	}
	select {
	case err := <-s.taken:
		return err
	case <-s.l.gone:
		return wsh.ErrClosed
	}
}

// Fail has the process close the connection.
func (s *lentLine) Fail(code wsh.StatusCode, reason string) {
	_ = s.l.f.write(frameFail, s.n, &roomAnswer{Code: code, Error: reason}, nil) // else the process has gone
}

// lend serves a process's calls until it has gone, and then has its members leave.
func lend(c net.Conn, rooms wsh.Rooms) {
	l := &lentRooms{f: framesOf(c), rooms: rooms, gone: make(chan struct{}), lines: map[uint64]*lentLine{},
		seats: map[uint64]*lentSeat{}, stops: map[uint64]context.CancelFunc{}, stores: map[string]wsh.Keeper{}}
	defer l.end()
	for {
		call, answer := new(roomCall), new(roomAnswer)
		what, n, data, err := l.f.read(func(what byte) any {
			if what == frameTaken {
				return answer
			}
			return call
		})
		if err != nil {
			return
		}
		if what == frameTaken {
			l.receipt(n, answer)
			continue
		}
		if what == frameTell { // in the order in which they come
			l.do(call, data)
			continue
		}
		go func() { // each waits for its answer: there are no more than callers
			a := l.do(call, data)
			_ = l.f.write(frameAnswer, n, a, a.data) // else it has gone
		}()
	}
}

func (l *lentRooms) receipt(n uint64, a *roomAnswer) {
	l.mu.Lock()
	s := l.lines[n]
	l.mu.Unlock()
	if s == nil {
		return
	}
	select {
	case s.taken <- a.err():
	default: // nobody asked
	}
}

// end has all members leave.
func (l *lentRooms) end() {
	l.f.c.Close()
	close(l.gone)
	l.mu.Lock()
	seats, stops := l.seats, l.stops
	l.over, l.seats = true, nil
	l.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	for _, s := range seats {
		s.leave(time.Time{})
	}
}

// line finds or makes the line of a connection that joins a room. nil: the process has gone.
func (l *lentRooms) line(n uint64) *lentLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil
	}
	s := l.lines[n]
	if s == nil {
		s = &lentLine{l: l, n: n, taken: make(chan error, 1)}
		l.lines[n] = s
	}
	s.seats++
	return s
}

// left undoes line.
func (l *lentRooms) left(s *lentLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.seats--; s.seats == 0 {
		delete(l.lines, s.n)
	}
}

func (l *lentRooms) join(c *roomCall) error {
	s := l.line(c.Line)
	if s == nil {
		return wsh.ErrClosed
	}
	leave, err := l.rooms.Join(c.Room, wsh.Joining{Member: c.Member, Stream: s, After: c.After, Last: c.Last})
	if err != nil {
		l.left(s)
		return err
	}
	l.mu.Lock()
	over := l.over
	if !over {
		l.seats[c.Seat] = &lentSeat{s, leave}
	}
	l.mu.Unlock()
	if over {
		leave(time.Time{})
	}
	return nil
}

// enter lets others reach a connection of the process's.
func (l *lentRooms) enter(c *roomCall) {
	s := l.line(c.Line)
	if s == nil {
		return
	}
	gone := l.rooms.Enter(wsh.Connection{ID: c.Member.ID, User: c.Member.Name, Stream: s})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		go gone()
		return
	}
	l.seats[c.Seat] = &lentSeat{s, func(time.Time) { gone() }}
}

// leave waits, as long as it is to, for what the member's room has for it.
func (l *lentRooms) leave(c *roomCall) {
	l.mu.Lock()
	s := l.seats[c.Seat]
	delete(l.seats, c.Seat)
	l.mu.Unlock()
	if s == nil {
		return
	}
	until := time.Time{}
	if c.Wait > 0 {
		until = time.Now().Add(c.Wait)
	}
	s.leave(until)
	l.left(s.line)
}

// do makes one call.
func (l *lentRooms) do(c *roomCall, data []byte) *roomAnswer {
	a := new(roomAnswer)
	var err error
	switch c.Do {
	case "join":
		err = l.join(c)
	case "enter":
		l.enter(c)
	case "reach":
		err = l.rooms.Reach(c.To, wsh.Errand{Message: wsh.Message{Binary: c.Binary, Data: data}, Code: c.Code, Reason: c.Reason})
	case "open", "get", "put", "swap", "delete", "keys", "entries":
		err = l.store(c, data, a)
	case "leave":
		l.leave(c)
	case "publish":
		a.ID, err = l.rooms.Publish(c.Room, wsh.Message{Binary: c.Binary, Data: data}, c.How)
	case "members":
		a.Members = l.rooms.Members(c.Room)
	case "len":
		a.Len = l.rooms.Len(c.Room)
	case "history":
		a.History, err = l.rooms.History(c.Room, c.Last)
	case "watch":
		err = l.watch(c, func(ctx context.Context) error {
			return l.rooms.WatchMembers(ctx, c.Room, func(m wsh.Member, joined bool) {
				_ = l.f.write(frameDeliver, c.Seat, &roomAnswer{Members: []wsh.Member{m}, Joined: joined}, nil) // else it has gone
			})
		})
	case "unwatch":
		l.mu.Lock()
		stop := l.stops[c.Seat]
		l.mu.Unlock()
		if stop != nil {
			stop()
		}
	default:
		err = fmt.Errorf("%w: %q", wsh.ErrBadOperation, c.Do)
	}
	a.fail(err)
	return a
}

// watch runs f until it is told to stop.
func (l *lentRooms) watch(c *roomCall, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return wsh.ErrClosed
	}
	l.stops[c.Seat] = cancel
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.stops, c.Seat)
		l.mu.Unlock()
	}()
	return f(ctx)
}
