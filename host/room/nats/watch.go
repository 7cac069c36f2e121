package nats

import (
	"context"
	"time"
)

// A message of the server's may be lost on its way, and nothing may come after it that shows the gap. So each
// half second the leader is asked for the last number of each stream. If that has changed, rooms in which
// nothing has come meanwhile compare what they have with what the leader has: so many at a time, in turn.
const (
	watchInterval = 500 * time.Millisecond
	watchRooms    = 200
)

func (r *Rooms) watch() {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return
		}
		nc := r.link.Load()
		if nc == nil || !nc.IsConnected() {
			continue
		}
		for _, s := range r.streams {
			if feeds := r.feedsOf(s); len(feeds) > 0 {
				r.watchStream(s, feeds)
			}
		}
	}
}

// beat tells the other hosts that this one is alive.
func (r *Rooms) beat() { r.every(aliveEvery, r.presence.alive) }

func (r *Rooms) every(d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-r.ctx.Done():
			return
		}
	}
}

func (r *Rooms) feedsOf(s *stream) (list []*feed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.feeds { // in no order, so that all have their turn
		if f.s == s {
			list = append(list, f)
		}
	}
	return list
}

func (r *Rooms) watchStream(s *stream, feeds []*feed) {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	s.mu.Lock()
	known := s.epoch
	s.mu.Unlock()
	last, epoch, err := s.head(ctx, r.link.Load())
	if err != nil || epoch != known {
		s.lost(known)
		s.checked = 0
	}
	looked, all := 0, true
	for _, f := range feeds {
		switch came, loaded := f.sinceLast(); {
		case loaded && (came || last == s.checked && s.checked > 0 && err == nil && epoch == known):
		case looked < watchRooms:
			looked++
			f.requestCompare()
		default:
			all = false
		}
	}
	if err == nil && all {
		s.checked = last
	}
}

// sinceLast tells whether something has come since it was called last, and whether the room is loaded.
func (f *feed) sinceLast() (came, loaded bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	came, f.received = f.received, false
	return came, f.loaded && !f.stale && !f.suspect
}
