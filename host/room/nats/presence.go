package nats

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"wshd/plugins/wsh"
)

// Each host tells the others who joins and leaves its rooms, in numbered events, and every two seconds that it is
// alive, with the number of the last. A host that finds a number missing, or meets a host that it does not know,
// asks it for all its members. A host of which nothing has come for seven seconds is dead, and its members leave.
const (
	aliveEvery = 2 * time.Second
	deadAfter  = 7 * time.Second
	askEvery   = time.Second // at the most, for one host
)

// event is what hosts tell each other. Without a member it says that its host is alive.
type event struct {
	Host string `json:"host"`
	Seq  uint64 `json:"seq"`
	Bye  bool   `json:"bye,omitempty"`

	Room   string      `json:"room,omitempty"`
	Member *wsh.Member `json:"member,omitempty"`
	Joined bool        `json:"joined,omitempty"`
}

// part is some of the members of a host, as of the event of that number.
type part struct {
	event
	Part, Parts int
	Members     []entry `json:"members"`
}

// entry is one member of one room.
type entry struct {
	Room   string     `json:"room"`
	Member wsh.Member `json:"member"`
}

// partSize is how many members are in one part: NATS takes 1 MiB in one message.
const partSize = 1000

// presence is who is in which room, on this host and on the others.
type presence struct {
	r    *Rooms
	host string

	mu     sync.Mutex // events go out, and are taken in, in order
	seq    uint64
	here   map[entry]struct{}
	others map[string]*other
}

// other is another host.
type other struct {
	seq       uint64
	known     bool // its members have been had
	lastHeard time.Time
	asked     time.Time
	rooms     map[string]map[string]wsh.Member // by room and ID
	parts     []entry                          // of an answer that has not come whole
	partSeq   uint64
	partsIn   int
}

func (p *presence) subject() string { return p.r.c.Prefix + ".p" }

// announce tells the other hosts that somebody has joined a room here, or left it.
func (p *presence) announce(name string, m wsh.Member, joined bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if joined {
		p.here[entry{name, m}] = struct{}{}
	} else {
		delete(p.here, entry{name, m})
	}
	p.seq++
	p.send(p.subject(), event{Host: p.host, Seq: p.seq, Room: name, Member: &m, Joined: joined})
}

// send sends, if there is a connection: who misses it finds out by the numbers. mu is held.
func (p *presence) send(subject string, what any) {
	nc := p.r.link.Load()
	if nc == nil {
		return
	}
	if body, err := json.Marshal(what); err == nil { // there is nothing in it that could fail
		_ = nc.Publish(subject, body)
	}
}

// alive tells that this host is, and finds those that are not.
func (p *presence) alive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send(p.subject(), event{Host: p.host, Seq: p.seq})
	for host, o := range p.others {
		if time.Since(o.lastHeard) > deadAfter {
			p.gone(host, o)
		}
	}
}

func (p *presence) bye() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send(p.subject(), event{Host: p.host, Bye: true})
	if nc := p.r.link.Load(); nc != nil && nc.IsConnected() {
		_ = nc.FlushTimeout(time.Second) // it may be lost: then they find out
	}
}

// gone has all members of another host leave; mu is held.
func (p *presence) gone(host string, o *other) {
	delete(p.others, host)
	for name, members := range o.rooms {
		for _, m := range members {
			m.Lost = true
			p.r.hub.NotifyWatchers(name, m, false)
		}
	}
}

// subscribe has the events of the others arrive, and their questions.
func (p *presence) subscribe(nc *natsgo.Conn) {
	for subject, take := range map[string]func(*natsgo.Msg){p.subject(): p.handle, p.subject() + "." + p.host: p.answer} {
		if _, err := nc.Subscribe(subject, take); err != nil {
			p.r.failures.wrong(p.r.log, p.r.where(), err)
		}
	}
}

// handle acts on an event, or a part of an answer.
func (p *presence) handle(m *natsgo.Msg) {
	var e part
	if json.Unmarshal(m.Data, &e) != nil || e.Host == p.host || e.Host == "" || strings.ContainsAny(e.Host, ".*> ") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.others[e.Host]
	if e.Bye {
		if o != nil {
			p.gone(e.Host, o)
		}
		return
	}
	if o == nil {
		o = &other{rooms: map[string]map[string]wsh.Member{}}
		p.others[e.Host] = o
	}
	o.lastHeard = time.Now()
	switch {
	case e.Parts > 0:
		p.takePart(o, e)
	case o.known && e.Member != nil && e.Seq == o.seq+1:
		o.seq++
		p.change(o, entry{e.Room, *e.Member}, e.Joined)
	case o.known && e.Seq == o.seq:
	case time.Since(o.asked) > askEvery:
		o.asked = time.Now()
		p.send(p.subject()+"."+e.Host, event{Host: p.host})
	}
}

// change notes one member of another host; mu is held.
func (p *presence) change(o *other, s entry, joined bool) {
	members := o.rooms[s.Room]
	_, was := members[s.Member.ID]
	switch {
	case was == joined:
		return
	case joined && members == nil:
		o.rooms[s.Room] = map[string]wsh.Member{s.Member.ID: s.Member}
	case joined:
		members[s.Member.ID] = s.Member
	default:
		if delete(members, s.Member.ID); len(members) == 0 {
			delete(o.rooms, s.Room)
		}
	}
	p.r.hub.NotifyWatchers(s.Room, s.Member, joined)
}

// takePart takes all members of another host, once all parts are here; mu is held.
func (p *presence) takePart(o *other, e part) {
	if e.Part == 0 {
		o.parts, o.partSeq, o.partsIn = nil, e.Seq, 0
	}
	if e.Part != o.partsIn || e.Seq != o.partSeq {
		return // one is lost: it will be asked again
	}
	o.parts = append(o.parts, e.Members...)
	if o.partsIn++; o.partsIn < e.Parts {
		return
	}
	there := map[[2]string]bool{}
	for _, s := range o.parts {
		there[[2]string{s.Room, s.Member.ID}] = true
	}
	for name, members := range o.rooms {
		for _, m := range members {
			if !there[[2]string{name, m.ID}] {
				p.change(o, entry{name, m}, false)
			}
		}
	}
	for _, s := range o.parts {
		p.change(o, s, true)
	}
	o.known, o.seq, o.parts = true, e.Seq, nil
}

// answer tells all members here. It goes to all hosts, and in order with the events.
func (p *presence) answer(*natsgo.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]entry, 0, len(p.here))
	for s := range p.here {
		all = append(all, s)
	}
	parts := max(1, (len(all)+partSize-1)/partSize)
	for i := range parts {
		some := all[min(len(all), i*partSize):min(len(all), (i+1)*partSize)]
		p.send(p.subject(), part{event: event{Host: p.host, Seq: p.seq}, Part: i, Parts: parts, Members: some})
	}
}

// elsewhere are the members of a room on other hosts.
func (p *presence) elsewhere(name string) (list []wsh.Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.others {
		for _, m := range o.rooms[name] {
			list = append(list, m)
		}
	}
	return list
}

func (p *presence) count(name string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.others {
		n += len(o.rooms[name])
	}
	return n
}

// rooms counts the members of rooms on other hosts.
func (p *presence) rooms() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]int{}
	for _, o := range p.others {
		for name, members := range o.rooms {
			counts[name] += len(members)
		}
	}
	return counts
}

// byArrival puts members in the order in which they came. Clocks of hosts differ.
func byArrival(list []wsh.Member) []wsh.Member {
	slices.SortStableFunc(list, func(a, b wsh.Member) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
