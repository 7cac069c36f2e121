package worker

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// roomServer lets a handler's process use the host's rooms.
type roomServer struct {
	f     *frames
	rooms wsh.Rooms
	gone  chan struct{} // closed when the process has gone

	mu          sync.Mutex
	streams     map[uint64]*remoteStream
	memberships map[uint64]*membership
	stops       map[uint64]context.CancelFunc
	stores      map[string]wsh.KeyValue
	over        bool
}

// remoteStream is a connection of the process's. It is the wsh.Stream that the host's rooms deliver to, as far
// as they use one.
type remoteStream struct {
	wsh.Stream  // nil: rooms call nothing else
	l           *roomServer
	n           uint64
	memberships int // guarded by roomServer.mu
	receipts    chan error
}

// membership is one room that it has joined, or its entry among those that can be reached.
type membership struct {
	stream *remoteStream
	leave  func(until time.Time)
}

// Deliver sends the process one publication, and waits until its client has taken it.
func (s *remoteStream) Deliver(m *wsh.Outgoing, more bool) error {
	p := m.Publication()
	data := p.Message.Data
	p.Message.Data = nil
	if err := s.l.f.write(frameDeliver, s.n, &roomAnswer{At: &p, More: more}, data); err != nil {
		return fmt.Errorf("%w: %w", wsh.ErrClosed, err)
	}
	select {
	case err := <-s.receipts:
		return err
	case <-s.l.gone:
		return wsh.ErrClosed
	}
}

// Fail has the process close the connection.
func (s *remoteStream) Fail(code wsh.StatusCode, reason string) {
	_ = s.l.f.write(frameFail, s.n, &roomAnswer{Code: code, Error: reason}, nil) // else the process has gone
}

// serveRooms serves a process's calls until it has gone, and then has its members leave.
func serveRooms(c net.Conn, rooms wsh.Rooms) {
	l := &roomServer{f: framesOf(c), rooms: rooms, gone: make(chan struct{}), streams: map[uint64]*remoteStream{},
		memberships: map[uint64]*membership{}, stops: map[uint64]context.CancelFunc{}, stores: map[string]wsh.KeyValue{}}
	defer l.end()
	for {
		call, answer := new(roomCall), new(roomAnswer)
		what, n, data, err := l.f.read(func(what byte) any {
			if what == frameReceipt {
				return answer
			}
			return call
		})
		if err != nil {
			return
		}
		if what == frameReceipt {
			l.receipt(n, answer)
			continue
		}
		if what == frameNotify { // in the order in which they come
			l.do(call, data)
			continue
		}
		go func() { // each waits for its answer: there are no more than callers
			a := l.do(call, data)
			_ = l.f.write(frameAnswer, n, a, a.data) // else it has gone
		}()
	}
}

func (l *roomServer) receipt(n uint64, a *roomAnswer) {
	l.mu.Lock()
	s := l.streams[n]
	l.mu.Unlock()
	if s == nil {
		return
	}
	select {
	case s.receipts <- a.err():
	default: // nobody asked
	}
}

// end has all members leave.
func (l *roomServer) end() {
	l.f.c.Close()
	close(l.gone)
	l.mu.Lock()
	memberships, stops := l.memberships, l.stops
	l.over, l.memberships = true, nil
	l.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	for _, s := range memberships {
		s.leave(time.Time{})
	}
}

// acquire finds or makes the stream of a connection that joins a room. nil: the process has gone.
func (l *roomServer) acquire(n uint64) *remoteStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil
	}
	s := l.streams[n]
	if s == nil {
		s = &remoteStream{l: l, n: n, receipts: make(chan error, 1)}
		l.streams[n] = s
	}
	s.memberships++
	return s
}

// release undoes acquire.
func (l *roomServer) release(s *remoteStream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.memberships--; s.memberships == 0 {
		delete(l.streams, s.n)
	}
}

func (l *roomServer) join(c *roomCall) error {
	s := l.acquire(c.Conn)
	if s == nil {
		return wsh.ErrClosed
	}
	leave, err := l.rooms.Join(c.Room, wsh.JoinOptions{Member: c.Member, Stream: s, After: c.After, Last: c.Last})
	if err != nil {
		l.release(s)
		return err
	}
	l.mu.Lock()
	over := l.over
	if !over {
		l.memberships[c.Membership] = &membership{s, leave}
	}
	l.mu.Unlock()
	if over {
		leave(time.Time{})
	}
	return nil
}

// register lets Direct find a connection of the process's.
func (l *roomServer) register(c *roomCall) {
	s := l.acquire(c.Conn)
	if s == nil {
		return
	}
	unregister := l.rooms.Register(wsh.Connection{ID: c.Member.ID, User: c.Member.Name, Stream: s})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		go unregister()
		return
	}
	l.memberships[c.Membership] = &membership{s, func(time.Time) { unregister() }}
}

// leave waits, as long as it is to, for what the member's room has for it.
func (l *roomServer) leave(c *roomCall) {
	l.mu.Lock()
	s := l.memberships[c.Membership]
	delete(l.memberships, c.Membership)
	l.mu.Unlock()
	if s == nil {
		return
	}
	until := time.Time{}
	if c.Wait > 0 {
		until = time.Now().Add(c.Wait)
	}
	s.leave(until)
	l.release(s.stream)
}

// do makes one call.
func (l *roomServer) do(c *roomCall, data []byte) *roomAnswer {
	a := new(roomAnswer)
	var err error
	switch c.Do {
	case "join":
		err = l.join(c)
	case "register":
		l.register(c)
	case "direct":
		err = l.rooms.Direct(c.To, wsh.Action{Message: wsh.Message{Binary: c.Binary, Data: data}, Code: c.Code, Reason: c.Reason})
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
				_ = l.f.write(frameDeliver, c.Membership, &roomAnswer{Members: []wsh.Member{m}, Joined: joined}, nil) // else it has gone
			})
		})
	case "unwatch":
		l.mu.Lock()
		stop := l.stops[c.Membership]
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
func (l *roomServer) watch(c *roomCall, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return wsh.ErrClosed
	}
	l.stops[c.Membership] = cancel
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.stops, c.Membership)
		l.mu.Unlock()
	}()
	return f(ctx)
}
