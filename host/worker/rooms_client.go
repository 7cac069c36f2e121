package worker

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// hostRooms are the host's rooms, in a handler's process. It implements wsh.Rooms.
type hostRooms struct {
	f *frames

	mu       sync.Mutex
	over     bool
	serial   uint64
	calls    map[uint64]chan *roomAnswer
	conns    map[uint64]*roomConn
	byStream map[wsh.Stream]*roomConn
	watchers map[uint64]func(*roomAnswer)
}

// roomConn is one connection that has joined rooms.
type roomConn struct {
	n           uint64
	memberships int // guarded by hostRooms.mu
	stream      wsh.Stream
	render      *wsh.Renderer
}

func newHostRooms(c net.Conn) *hostRooms {
	r := &hostRooms{f: framesOf(c), calls: map[uint64]chan *roomAnswer{}, conns: map[uint64]*roomConn{}, byStream: map[wsh.Stream]*roomConn{}, watchers: map[uint64]func(*roomAnswer){}}
	go r.listen()
	return r
}

// listen reads what the host sends: answers to calls, publications and orders to close.
func (r *hostRooms) listen() {
	for {
		a := new(roomAnswer)
		what, n, data, err := r.f.read(func(byte) any { return a })
		if err != nil {
			r.end() // the host has gone, which ends this process, or has no rooms
			return
		}
		a.data = data
		r.mu.Lock()
		call, s, watch := r.calls[n], r.conns[n], r.watchers[n]
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
			r.receipt(n, wsh.ErrClosed)
		case what == frameFail && s != nil:
			s.stream.Fail(a.Code, a.Error)
		}
	}
}

// end answers all calls.
func (r *hostRooms) end() {
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

func (r *hostRooms) deliver(s *roomConn, m *wsh.Outgoing, more bool) {
	out, _ := m.Rendered(s.render)
	r.receipt(s.n, s.stream.Deliver(out, more))
}

// addMembership finds or makes the entry of a connection that joins a room, and numbers the membership.
// removeMembership undoes it.
func (r *hostRooms) addMembership(stream wsh.Stream, render *wsh.Renderer) (s *roomConn, membership uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s = r.byStream[stream]
	if s == nil {
		r.serial++
		s = &roomConn{n: r.serial, stream: stream}
		r.conns[s.n], r.byStream[stream] = s, s
	}
	if render != nil {
		s.render = render
	}
	s.memberships++
	r.serial++
	return s, r.serial
}

func (r *hostRooms) removeMembership(s *roomConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.memberships--; s.memberships == 0 {
		delete(r.conns, s.n)
		delete(r.byStream, s.stream)
	}
}

func (r *hostRooms) receipt(n uint64, err error) {
	a := new(roomAnswer)
	a.fail(err)
	_ = r.f.write(frameReceipt, n, a, nil) // else the host has gone
}

// call asks, and waits for the answer.
func (r *hostRooms) call(c roomCall, data []byte) (*roomAnswer, error) {
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
func (r *hostRooms) Join(room string, j wsh.JoinOptions) (func(until time.Time), error) {
	s, n := r.addMembership(j.Stream, j.Render)
	remove := sync.OnceFunc(func() { r.removeMembership(s) })
	if _, err := r.call(roomCall{Do: "join", Room: room, Membership: n, Conn: s.n, Member: j.Member, After: j.After, Last: j.Last}, nil); err != nil {
		remove()
		return nil, err
	}
	return func(until time.Time) {
		_, _ = r.call(roomCall{Do: "leave", Membership: n, Wait: max(time.Until(until), 0)}, nil) // the host has gone, or it has left
		remove()
	}, nil
}

// Register implements wsh.Rooms. It does not wait for the host: what is sent to the connection by others comes
// when the host knows it.
func (r *hostRooms) Register(c wsh.Connection) (unregister func()) {
	s, n := r.addMembership(c.Stream, nil)
	_ = r.f.write(frameNotify, 0, roomCall{Do: "register", Membership: n, Conn: s.n, Member: wsh.Member{ID: c.ID, Name: c.User}}, nil) // else the host has gone
	return func() {
		_ = r.f.write(frameNotify, 0, roomCall{Do: "leave", Membership: n}, nil)
		r.removeMembership(s)
	}
}

// Direct implements wsh.Rooms.
func (r *hostRooms) Direct(to wsh.Addressee, e wsh.Action) error {
	_, err := r.call(roomCall{Do: "direct", To: to, Binary: e.Message.Binary, Code: e.Code, Reason: e.Reason}, e.Message.Data)
	return err
}

// Publish implements wsh.Rooms.
func (r *hostRooms) Publish(room string, m wsh.Message, p wsh.PublishOptions) (string, error) {
	a, err := r.call(roomCall{Do: "publish", Room: room, Binary: m.Binary, How: p}, m.Data)
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// Members implements wsh.Rooms.
func (r *hostRooms) Members(room string) []wsh.Member {
	a, err := r.call(roomCall{Do: "members", Room: room}, nil)
	if err != nil {
		return nil
	}
	return a.Members
}

// Len implements wsh.Rooms.
func (r *hostRooms) Len(room string) int {
	a, err := r.call(roomCall{Do: "len", Room: room}, nil)
	if err != nil {
		return 0
	}
	return a.Len
}

// History implements wsh.Rooms.
func (r *hostRooms) History(room string, n int) ([]wsh.Publication, error) {
	a, err := r.call(roomCall{Do: "history", Room: room, Last: n}, nil)
	if err != nil {
		return nil, err
	}
	return a.History, nil
}

// WatchMembers implements wsh.Rooms.
func (r *hostRooms) WatchMembers(ctx context.Context, room string, f func(wsh.Member, bool)) error {
	return r.watch(ctx, roomCall{Do: "watch", Room: room}, func(a *roomAnswer) {
		if len(a.Members) == 1 {
			f(a.Members[0], a.Joined)
		}
	})
}

// watch makes a call that tells again and again, until ctx ends.
func (r *hostRooms) watch(ctx context.Context, c roomCall, f func(*roomAnswer)) error {
	r.mu.Lock()
	r.serial++
	c.Membership = r.serial
	r.watchers[c.Membership] = f
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.watchers, c.Membership)
		r.mu.Unlock()
	}()
	stop := context.AfterFunc(ctx, func() { _, _ = r.call(roomCall{Do: "unwatch", Membership: c.Membership}, nil) }) // the host has gone
	defer stop()
	_, err := r.call(c, nil)
	return err
}
