package room

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

// Retention is how much a room keeps of what is published in it.
type Retention struct {
	Messages int           // the last so many; 0: nothing
	Age      time.Duration // none older than that; 0: however old
}

// retentionOf is what the room of that name retentionOf.
func (h *Hub) retentionOf(name string) (k Retention) {
	best := -1
	for pattern, this := range h.Retention {
		prefix, open := strings.CutSuffix(pattern, "*")
		switch {
		case pattern == name:
			return this
		case open && strings.HasPrefix(name, prefix) && len(prefix) > best:
			k, best = this, len(prefix)
		}
	}
	return k
}

// history is the publications that a room keeps. Each has a place, a number one above that of the one before;
// the places from first to before end are there.
type history struct {
	retention Retention
	room      *room
	behind    atomic.Int32 // members that have not been sent the last publication
	hasRef    bool         // guarded by room.mu: it counts in room.refs, since it is not empty

	mu         sync.RWMutex
	ring       []kept // a power of two
	first, end int64
	last       ID // of the last publication, which may have been dropped
	weight     int
	keys       map[string]ID // IDs of those that are there, by the key that they were published with
	whole      bool          // nothing that Replace and Append have put there is missing, but for what Retention drops
}

// kept is one publication in a history.
type kept struct {
	m      *wsh.Outgoing
	id     ID
	serial uint64 // of Hub
	weight int
	key    string // it was published with; "": none
}

// add appends k, and drops from the front what exceeds the retention. It returns k's place, and by how many
// bytes the history has grown. room.mu is held.
func (p *history) add(k kept, queue int) (at int64, grown int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.weight
	at = p.end
	if int(p.end-p.first) == len(p.ring) {
		p.grow()
	}
	k.weight = weight(k.m) + len(k.key)
	if k.key != "" {
		if p.keys == nil {
			p.keys = map[string]ID{}
		}
		p.keys[k.key] = k.id
	}
	p.ring[p.slot(at)] = k
	p.end++
	p.weight += k.weight
	p.last = k.id
	p.trim(queue)
	return at, p.weight - was
}

// trim drops what exceeds the retention. Members that are behind still get as many publications as a queue
// would hold. mu is held.
func (p *history) trim(queue int) {
	most, oldest := int64(p.retention.Messages), p.oldest(time.Unix(0, p.last.At))
	if p.behind.Load() > 0 {
		most, oldest = max(most, int64(queue)), 0
	}
	for p.first < p.end-1 && (p.end-p.first > most || p.ring[p.slot(p.first)].id.At < oldest) {
		p.drop()
	}
}

// oldest is the time of the oldest publication that Retention.Age still lets members be sent.
func (p *history) oldest(now time.Time) int64 {
	if p.retention.Age <= 0 {
		return 0
	}
	return now.Add(-p.retention.Age).UnixNano()
}

func (p *history) slot(at int64) int64 { return at & int64(len(p.ring)-1) }

func (p *history) drop() {
	k := &p.ring[p.slot(p.first)]
	p.weight -= k.weight
	if k.key != "" {
		delete(p.keys, k.key)
	}
	*k = kept{}
	p.first++
}

func (p *history) grow() {
	grown := make([]kept, max(leastRing, 2*len(p.ring)))
	for at := p.first; at < p.end; at++ {
		grown[at&int64(len(grown)-1)] = p.ring[p.slot(at)]
	}
	p.ring = grown
}

// published is the ID of the publication with that key, if it is there.
func (p *history) published(key string) (id ID, is bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	id, is = p.keys[key]
	return id, is
}

// clear drops everything, and returns how many bytes that took.
func (p *history) clear() (weight int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	weight = p.weight
	p.ring, p.first, p.weight, p.keys, p.whole = nil, p.end, 0, nil, false
	return weight
}

// shrink drops the oldest until the history takes no more than size, but keeps the last. It returns by how many
// bytes it has shrunk.
func (p *history) shrink(size int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.weight
	for p.weight > size && p.first < p.end-1 {
		p.drop()
		p.whole = false
	}
	return was - p.weight
}

// at is the publication at a place, unless it has been dropped.
func (p *history) at(place int64) (k kept, there bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if place < p.first || place >= p.end {
		return kept{}, false
	}
	return p.ring[p.slot(place)], true
}

// until is the place of the next publication.
func (p *history) until() int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.end
}

// rendered adds to the weight of what is in a place. It returns by how much the whole has grown.
func (p *history) rendered(place int64, more int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if place < p.first || place >= p.end {
		return 0
	}
	p.ring[p.slot(place)].weight += more
	p.weight += more
	return more
}

// oldestGiven is the place of the oldest publication that Retention.Age still lets members be sent. mu is held.
func (p *history) oldestGiven(now time.Time) int64 {
	from := max(p.first, p.end-int64(p.retention.Messages))
	oldest := p.oldest(now)
	n := sort.Search(int(p.end-from), func(i int) bool { return p.ring[p.slot(from+int64(i))].id.At >= oldest })
	return from + int64(n)
}

// from is the place of the first publication that j asks for.
func (p *history) from(j wsh.JoinOptions, now time.Time) (place int64, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	first := p.oldestGiven(now)
	if j.After == "" {
		return max(first, p.end-int64(min(max(j.Last, 0), p.retention.Messages))), nil
	}
	id, ok := ParseID(j.After)
	if !ok {
		return 0, wsh.ErrForgotten
	}
	n := sort.Search(int(p.end-first), func(i int) bool { return p.ring[p.slot(first+int64(i))].id.Seq >= id.Seq })
	if place = first + int64(n); place == p.end || p.ring[p.slot(place)].id != id {
		return 0, wsh.ErrForgotten
	}
	return place + 1, nil
}

// History copies the last n publications that the room keeps, the oldest first.
func (h *Hub) History(name string, n int) ([]wsh.Publication, error) {
	r := h.find(name)
	if r == nil || r.history == nil {
		return nil, nil
	}
	return r.history.list(n, time.Now()), nil
}

func (p *history) list(n int, now time.Time) (list []wsh.Publication) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for at := max(p.oldestGiven(now), p.end-int64(min(max(n, 0), p.retention.Messages))); at < p.end; at++ {
		m := p.ring[p.slot(at)].m.Publication()
		m.Message.Data = append([]byte(nil), m.Message.Data...)
		list = append(list, m)
	}
	return list
}
