package nats

import (
	"context"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"wshd/host/room"
)

// feed brings what is published in one room on all hosts to the members here: what is kept, in the order that
// its stream has given it, and what is not as it comes. It lives while there are members.
type feed struct {
	r           *Rooms
	s           *stream // nil: the room keeps nothing
	name        string
	refs        int    // guarded by Rooms.mu
	releaseRoom func() // undoes Hub.Acquire
	pumping     sync.WaitGroup

	ctx    context.Context // ends with the feed
	cancel context.CancelFunc

	pushing sync.Mutex // held while Hub is given something; taken before mu

	mu       sync.Mutex
	subs     []*natsgo.Subscription
	inbox    []*natsgo.Msg
	running  bool
	wanted   bool    // it is to be compared with what the leader has
	suspect  bool    // that comes before anything else, since the connection was lost
	over     bool    // nobody needs it any more
	received bool    // a message has, since watch looked last
	loaded   bool    // what the room keeps is here
	stale    bool    // it is to be loaded anew
	last     room.ID // the last of it
	acked    room.ID // what was acknowledged last to a publisher here, without its time
	at       time.Time
	changed  signal // something of the above has changed
}

// inboxSize bounds what waits for a feed. What is more is read from the stream.
const inboxSize = 1024

// comeBackTime is how long a room is kept for who was told to come back.
const comeBackTime = 20 * time.Second

// acquire finds or makes the feed of a room; the caller releases it.
func (r *Rooms) acquire(name string, s *stream) *feed {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.feeds == nil {
		return nil
	}
	f := r.feeds[name]
	if f == nil {
		f = &feed{r: r, s: s, name: name, releaseRoom: r.hub.Acquire(name), loaded: s == nil}
		f.ctx, f.cancel = context.WithCancel(r.ctx)
		r.feeds[name] = f
		r.bySubject[token(name)] = f
		if s != nil {
			r.bySubject[token(s.pattern)+"."+token(name)] = f
		}
		if nc := r.link.Load(); nc != nil {
			f.subscribe(nc)
		}
		f.requestCompare()
	}
	f.refs++
	return f
}

func (r *Rooms) release(f *feed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.refs--; f.refs > 0 || r.feeds == nil {
		return
	}
	delete(r.feeds, f.name)
	delete(r.bySubject, token(f.name))
	if f.s != nil {
		delete(r.bySubject, token(f.s.pattern)+"."+token(f.name))
	}
	f.end()
	f.releaseRoom()
	r.hub.Forget(f.name)
}

// subscribe has the room's messages arrive. Rooms.mu is held.
func (f *feed) subscribe(nc *natsgo.Conn) {
	subjects := []string{}
	if f.s != nil {
		subjects = append(subjects, f.r.liveSubject(f.s, f.name))
	}
	if len(f.r.c.Servers) > 0 {
		subjects = append(subjects, f.r.coreSubject(f.name))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs = nil
	for _, subject := range subjects {
		sub, err := nc.ChanSubscribe(subject, f.r.arrived)
		if err != nil {
			f.r.failures.wrong(f.r.log, f.r.where(), err)
			continue
		}
		f.subs = append(f.subs, sub)
	}
}

// releaseLater is for who could not wait for what the room keeps: it goes on being read, and is there when they
// come back.
func (r *Rooms) releaseLater(f *feed) {
	time.AfterFunc(comeBackTime, func() { r.release(f) })
}

func (f *feed) end() {
	f.cancel()
	f.pushing.Lock()
	defer f.pushing.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over, f.inbox = true, nil
	for _, sub := range f.subs {
		_ = sub.Unsubscribe() // its error is that of the connection
	}
	f.changed.happens()
}

// dispatch gives what arrives to its feed. It waits for none.
func (r *Rooms) dispatch() {
	for {
		select {
		case m := <-r.arrived:
			if f := r.feedOf(m.Subject); f != nil {
				f.arrives(m)
			}
		case <-r.ctx.Done():
			return
		}
	}
}

// feedOf is the one for a subject: prefix.c.room, or prefix.l.epoch.pattern.room.
func (r *Rooms) feedOf(subject string) *feed {
	rest := strings.TrimPrefix(subject, r.c.Prefix)
	parts := strings.SplitN(rest, ".", 4) // "", kind, and the rest
	if len(parts) < 3 {
		return nil
	}
	key := parts[2]
	if parts[1] == "l" && len(parts) == 4 {
		key = parts[3]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bySubject[key]
}

func (f *feed) arrives(m *natsgo.Msg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return
	}
	f.received = true
	if len(f.inbox) < inboxSize {
		f.inbox = append(f.inbox, m)
	} else {
		f.wanted = true // the stream has it
	}
	f.start()
}

// requestCompare has the feed compare what it has with what the leader has.
func (f *feed) requestCompare() { f.request(func() { f.wanted = true }) }

// requestLoad has it load what the room keeps once more.
func (f *feed) requestLoad() { f.request(func() { f.wanted, f.stale = true, true }) }

// distrust has it handle nothing before it has been compared: numbers may be given again.
func (f *feed) distrust() { f.request(func() { f.wanted, f.suspect = true, true }) }

func (f *feed) request(what func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.s != nil && !f.over {
		what()
		f.start()
	}
}

// start runs the pump; mu is held.
func (f *feed) start() {
	if !f.running && f.r.ctx.Err() == nil {
		f.running = true
		f.pumping.Go(f.pump)
	}
}
