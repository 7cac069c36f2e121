package worker

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// farRooms are the host's rooms, in a handler's process. It implements wsh.Rooms.
type farRooms struct {
	f *frames

	mu       sync.Mutex
	over     bool
	serial   uint64
	calls    map[uint64]chan *roomAnswer
	lines    map[uint64]*line
	of       map[wsh.Stream]*line
	watchers map[uint64]func(*roomAnswer)
}

// line is one connection that has joined rooms.
type line struct {
	n      uint64
	seats  int // guarded by farRooms.mu
	stream wsh.Stream
	render *wsh.Renderer
}

func newFarRooms(c net.Conn) *farRooms {
	r := &farRooms{f: framesOf(c), calls: map[uint64]chan *roomAnswer{}, lines: map[uint64]*line{}, of: map[wsh.Stream]*line{}, watchers: map[uint64]func(*roomAnswer){}}
	go r.listen()
	return r
}

// listen hears the host.
func (r *farRooms) listen() {
	for {
		a := new(roomAnswer)
		what, n, data, err := r.f.read(func(byte) any { return a })
		if err != nil {
			r.end() // the host has gone, which ends this process, or has no rooms
			return
		}
		a.data = data
		r.mu.Lock()
		call, s, watch := r.calls[n], r.lines[n], r.watchers[n]
		if what == frameAnswer {
			delete(r.calls, n)
		}
		r.mu.Unlock()
		switch {
		case what == frameAnswer && call != nil:
			call <- a
		case what == frameDeliver && watch != nil:
			watch(a)
		case what == frameDeliver && s != nil && a.At != nil:
			p := *a.At
			p.Message.Data = data
			go r.deliver(s, wsh.NewPublication(p), a.More) // one at a time: the host waits for the receipt
		case what == frameDeliver:
			r.taken(n, wsh.ErrClosed)
		case what == frameFail && s != nil:
			s.stream.Fail(a.Code, a.Error)
		}
	}
}

// end answers all calls.
func (r *farRooms) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	for _, call := range r.calls {
		a := new(roomAnswer)
		a.fail(fmt.Errorf("%w: there are no rooms", wsh.ErrBadOperation))
		call <- a
	}
	r.calls = nil
}

func (r *farRooms) deliver(s *line, m *wsh.Outgoing, more bool) {
	out, _ := m.As(s.render)
	r.taken(s.n, s.stream.Deliver(out, more))
}

// sit finds or makes the line of a connection that joins a room, and stand undoes it.
func (r *farRooms) sit(stream wsh.Stream, render *wsh.Renderer) (s *line, seat uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s = r.of[stream]
	if s == nil {
		r.serial++
		s = &line{n: r.serial, stream: stream}
		r.lines[s.n], r.of[stream] = s, s
	}
	if render != nil {
		s.render = render
	}
	s.seats++
	r.serial++
	return s, r.serial
}

func (r *farRooms) stand(s *line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.seats--; s.seats == 0 {
		delete(r.lines, s.n)
		delete(r.of, s.stream)
	}
}

func (r *farRooms) taken(n uint64, err error) {
	a := new(roomAnswer)
	a.fail(err)
	_ = r.f.write(frameTaken, n, a, nil) // else the host has gone
}

// call asks, and waits for the answer.
func (r *farRooms) call(c roomCall, data []byte) (*roomAnswer, error) {
	answer := make(chan *roomAnswer, 1)
	r.mu.Lock()
	r.serial++
	n, over := r.serial, r.over
	if !over {
		r.calls[n] = answer
	}
	r.mu.Unlock()
	if over {
		return nil, fmt.Errorf("%w: there are no rooms", wsh.ErrBadOperation)
	}
	if err := r.f.write(frameCall, n, c, data); err != nil {
		return nil, fmt.Errorf("%w: the host has gone: %w", wsh.ErrUnavailable, err)
	}
	a := <-answer
	return a, a.err()
}

// Join implements wsh.Rooms.
func (r *farRooms) Join(room string, j wsh.Joining) (func(until time.Time), error) {
	s, n := r.sit(j.Stream, j.Render)
	stand := sync.OnceFunc(func() { r.stand(s) })
	if _, err := r.call(roomCall{Do: "join", Room: room, Seat: n, Line: s.n, Member: j.Member, After: j.After, Last: j.Last}, nil); err != nil {
		stand()
		return nil, err
	}
	return func(until time.Time) {
		_, _ = r.call(roomCall{Do: "leave", Seat: n, Wait: max(time.Until(until), 0)}, nil) // the host has gone, or it has left
		stand()
	}, nil
}

// Enter implements wsh.Rooms. It does not wait for the host: what is sent to the connection by others comes
// when the host knows it.
func (r *farRooms) Enter(c wsh.Connection) (gone func()) {
	s, n := r.sit(c.Stream, nil)
	_ = r.f.write(frameTell, 0, roomCall{Do: "enter", Seat: n, Line: s.n, Member: wsh.Member{ID: c.ID, Name: c.User}}, nil) // else the host has gone
	return func() {
		_ = r.f.write(frameTell, 0, roomCall{Do: "leave", Seat: n}, nil)
		r.stand(s)
	}
}

// Reach implements wsh.Rooms.
func (r *farRooms) Reach(to wsh.Addressee, e wsh.Errand) error {
	_, err := r.call(roomCall{Do: "reach", To: to, Binary: e.Message.Binary, Code: e.Code, Reason: e.Reason}, e.Message.Data)
	return err
}

// Publish implements wsh.Rooms.
func (r *farRooms) Publish(room string, m wsh.Message, p wsh.Publishing) (string, error) {
	a, err := r.call(roomCall{Do: "publish", Room: room, Binary: m.Binary, How: p}, m.Data)
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// Members implements wsh.Rooms.
func (r *farRooms) Members(room string) []wsh.Member {
	a, err := r.call(roomCall{Do: "members", Room: room}, nil)
	if err != nil {
		return nil
	}
	return a.Members
}

// Len implements wsh.Rooms.
func (r *farRooms) Len(room string) int {
	a, err := r.call(roomCall{Do: "len", Room: room}, nil)
	if err != nil {
		return 0
	}
	return a.Len
}

// History implements wsh.Rooms.
func (r *farRooms) History(room string, n int) ([]wsh.Publication, error) {
	a, err := r.call(roomCall{Do: "history", Room: room, Last: n}, nil)
	if err != nil {
		return nil, err
	}
	return a.History, nil
}

// WatchMembers implements wsh.Rooms.
func (r *farRooms) WatchMembers(ctx context.Context, room string, f func(wsh.Member, bool)) error {
	return r.watch(ctx, roomCall{Do: "watch", Room: room}, func(a *roomAnswer) {
		if len(a.Members) == 1 {
			f(a.Members[0], a.Joined)
		}
	})
}

// watch makes a call that tells again and again, until ctx ends.
func (r *farRooms) watch(ctx context.Context, c roomCall, f func(*roomAnswer)) error {
	r.mu.Lock()
	r.serial++
	c.Seat = r.serial
	r.watchers[c.Seat] = f
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.watchers, c.Seat)
		r.mu.Unlock()
	}()
	stop := context.AfterFunc(ctx, func() { _, _ = r.call(roomCall{Do: "unwatch", Seat: c.Seat}, nil) }) // the host has gone
	defer stop()
	_, err := r.call(c, nil)
	return err
}
