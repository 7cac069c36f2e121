// Package nats takes rooms beyond one process: to other hosts, over NATS servers, and to disk, by a server in
// this process that keeps what is published in a folder.
package nats

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	natsgo "github.com/nats-io/nats.go"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// patience is how long a call waits for what keeps publications, before it is ErrUnavailable.
const patience = 3 * time.Second

// Config says where rooms lead. Folder or Servers must be set.
type Config struct {
	Folder string // what is kept is here, and no other host is reached
	Sync   bool   // each publication is on the disk before it is acknowledged

	Servers     []string // addresses of NATS servers, such as nats://10.0.0.1:4222; several are one cluster
	Credentials string   // a file of theirs; "": none
	CA          string   // a file of certificates that theirs are signed by; "": the system's
	Prefix      string   // of all subjects and streams; "": wshd
	Replicas    int      // of what is kept, in a cluster; 0: 1

	Retention map[string]room.Retention // of the Hub, too
	Log       *slog.Logger              // nil: nothing is logged
}

// Rooms are those of a Hub, and of all hosts with the same servers. Make them with Open.
type Rooms struct {
	hub *room.Hub
	c   Config
	log *slog.Logger

	ctx      context.Context // ends at Close
	cancel   context.CancelFunc
	working  sync.WaitGroup
	store    atomic.Pointer[embedded]
	link     atomic.Pointer[natsgo.Conn] // nil: there has been none yet
	up       signal                      // a connection has been made
	session  atomic.Pointer[session]     // of the present one
	failures failures

	streams []*stream        // by pattern, the longest first
	arrived chan *natsgo.Msg // of all feeds

	presence presence

	mu        sync.Mutex
	feeds     map[string]*feed // by room
	bySubject map[string]*feed // by the tokens of pattern and room, or of the room alone

	counts  map[string]uint64 // the last number of each stream in the folder
	counted bool              // and that has changed

	served map[string]bool // what the names of connections here begin with

	reconnects, gaps, unsent, late atomic.Int64
	lag                            lag
}

var _ wsh.Rooms = (*Rooms)(nil)

// Open begins to reach for the servers, or for the folder, and goes on until Close: what they are needed for
// is ErrUnavailable until then. hub must keep what c.Keep says.
func Open(hub *room.Hub, c Config) *Rooms {
	if c.Prefix == "" {
		c.Prefix = "wshd"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &Rooms{hub: hub, c: c, log: c.Log, feeds: map[string]*feed{}, bySubject: map[string]*feed{}, served: map[string]bool{},
		arrived: make(chan *natsgo.Msg, 1<<14)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.streams = streamsOf(r)
	r.presence = presence{r: r, host: room.NewEpoch(), here: map[entry]struct{}{}, others: map[string]*other{}}
	r.working.Go(r.connect)
	r.working.Go(r.dispatch)
	r.working.Go(r.watch)
	if len(c.Servers) > 0 {
		r.working.Go(r.beat)
	} else {
		r.working.Go(func() { r.every(countsEvery, r.noteCounts) })
	}
	return r
}

// Close ends what Open began. The connections that are members must have ended.
func (r *Rooms) Close() {
	if len(r.c.Servers) > 0 {
		r.presence.bye()
	}
	r.cancel()
	r.working.Wait()
	r.mu.Lock()
	feeds := r.feeds
	r.feeds = nil
	r.mu.Unlock()
	for _, f := range feeds {
		f.end()
		f.pumping.Wait()
	}
	if nc := r.link.Load(); nc != nil {
		nc.Close()
	}
	if e := r.store.Load(); e != nil {
		r.noteCounts()
		e.close()
	}
}

// Publish is Hub.Publish to the members on all hosts. In a room that keeps m it waits until that is
// acknowledged, for three seconds at most: ErrUnavailable says that m may or may not have been kept.
func (r *Rooms) Publish(name string, m wsh.Message, how wsh.PublishOptions) (id string, err error) {
	s := r.streamOf(name)
	if s == nil || how.Live {
		return r.publishLive(name, m, how)
	}
	if !m.Binary && !utf8.Valid(m.Data) {
		return "", fmt.Errorf("publish to %q: %w: text is not UTF-8", name, wsh.ErrBadOperation)
	}
	if r.ctx.Err() != nil {
		return "", fmt.Errorf("publish to %q: %w", name, wsh.ErrClosed)
	}
	if id, err = r.publishKept(s, name, m, how); err != nil {
		return "", fmt.Errorf("publish to %q: %w", name, err)
	}
	return id, nil
}

// publishLive serves the members here, and sends m to the other hosts if they can be reached.
func (r *Rooms) publishLive(name string, m wsh.Message, how wsh.PublishOptions) (id string, err error) {
	how.Live = true
	if _, err := r.hub.Publish(name, m, how); err != nil || len(r.c.Servers) == 0 {
		return "", err
	}
	nc := r.link.Load()
	if nc == nil || nc.PublishMsg(message(r.coreSubject(name), name, m)) != nil {
		r.unsent.Add(1)
	}
	return "", nil
}

// Join is Hub.Join, behind what other hosts have published. ErrUnavailable: what is kept cannot be had now.
func (r *Rooms) Join(name string, j wsh.JoinOptions) (leave func(until time.Time), err error) {
	s := r.streamOf(name)
	if s == nil && len(r.c.Servers) == 0 {
		return r.hub.Join(name, j)
	}
	f := r.acquire(name, s)
	if f == nil {
		return nil, wsh.ErrClosed
	}
	if err := f.prepare(j); err != nil {
		r.releaseLater(f)
		return nil, err
	}
	left, err := r.hub.Join(name, j)
	if err != nil {
		r.release(f)
		return nil, err
	}
	if len(r.c.Servers) > 0 {
		j.Member.Since = j.Member.Since.Round(0).UTC() // as the others have it
		r.presence.announce(name, j.Member, true)
	}
	var once sync.Once
	return func(until time.Time) {
		left(until)
		once.Do(func() {
			if len(r.c.Servers) > 0 {
				r.presence.announce(name, j.Member, false)
			}
			r.release(f)
		})
	}, nil
}

// History is Hub.History, of what all hosts have published.
func (r *Rooms) History(name string, n int) ([]wsh.Publication, error) {
	s := r.streamOf(name)
	if s == nil {
		return nil, nil
	}
	f := r.acquire(name, s)
	if f == nil {
		return nil, fmt.Errorf("history of %q: %w", name, wsh.ErrClosed)
	}
	if err := f.prepare(wsh.JoinOptions{Last: n}); err != nil {
		r.releaseLater(f)
		return nil, fmt.Errorf("history of %q: %w", name, err)
	}
	defer r.release(f)
	return r.hub.History(name, n)
}

// Stats counts.
func (r *Rooms) Stats() room.Stats {
	s := r.hub.Stats()
	nc := r.link.Load()
	s.Backend = &room.Backend{
		Store: len(r.c.Servers) == 0, Connected: nc != nil && nc.IsConnected(), Wrong: r.failures.all(), Reconnects: r.reconnects.Load(), Unsent: r.unsent.Load(),
		Late: r.late.Load(), Gaps: r.gaps.Load(), Lag: r.lag.now(),
	}
	return s
}

// Members is Hub.Members, of all hosts.
func (r *Rooms) Members(name string) []wsh.Member {
	here, elsewhere := r.hub.Members(name), r.presence.elsewhere(name)
	if len(elsewhere) == 0 {
		return here
	}
	return byArrival(append(here, elsewhere...))
}

// Len is Hub.Len, of all hosts.
func (r *Rooms) Len(name string) int { return r.hub.Len(name) + r.presence.count(name) }

// List is Hub.List, of all hosts.
func (r *Rooms) List() []room.Info {
	list := r.hub.List()
	elsewhere := r.presence.rooms()
	for i, info := range list {
		list[i].Members += elsewhere[info.Name]
		delete(elsewhere, info.Name)
	}
	for name, n := range elsewhere {
		list = append(list, room.Info{Name: name, Members: n})
	}
	room.ByName(list)
	return list
}

// WatchMembers is Hub.WatchMembers, of all hosts.
func (r *Rooms) WatchMembers(ctx context.Context, name string, f func(m wsh.Member, joined bool)) error {
	return r.hub.Watch(ctx, name, r.Members, f)
}
