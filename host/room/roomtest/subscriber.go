package roomtest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// subscriber is a client that comes back with the id of what it was sent last.
type subscriber struct {
	tr         *Trial
	t          *testing.T
	room, name string
	random     *rand.Rand

	mu   sync.Mutex
	conn *connection
	late bool

	runs [][]received // each without a gap
}

type received struct {
	id   room.ID
	text string
}

// connection is one of a subscriber's.
type connection struct {
	wsh.Stream
	s    *subscriber
	end  chan struct{} // closed when it has ended
	once sync.Once
}

// run is the subscriber until it has been sent the last.
func (s *subscriber) run() {
	id := ""
	for !s.finished() {
		c := &connection{s: s, end: make(chan struct{})}
		host := s.tr.Hosts[s.random.IntN(len(s.tr.Hosts))]
		s.mu.Lock()
		s.conn = c
		late := s.late
		if id == "" {
			s.runs = append(s.runs, nil)
		}
		s.mu.Unlock()
		if late {
			return
		}
		j := wsh.JoinOptions{Member: wsh.Member{ID: s.name}, Stream: c, After: id}
		if id == "" {
			j.Last = s.tr.Last
		} else {
			s.tr.Resumes.Add(1)
		}
		leave, err := host.Join(s.room, j)
		switch {
		case errors.Is(err, wsh.ErrForgotten):
			s.tr.Forgotten.Add(1)
			id = ""
			continue
		case errors.Is(err, wsh.ErrUnavailable):
			s.tr.Retries.Add(1)
			continue
		case err != nil:
			s.t.Errorf("%s: join: %v", s.name, err)
			return
		}
		s.tr.publishLast(s.t, host, s.room)
		<-c.end
		leave(time.Time{})
		s.mu.Lock()
		if run := s.runs[len(s.runs)-1]; len(run) > 0 {
			id = run[len(run)-1].id.String()
		} else {
			id = ""
		}
		s.mu.Unlock()
	}
}

func (s *subscriber) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.runs) == 0 {
		return false
	}
	run := s.runs[len(s.runs)-1]
	return len(run) > 0 && isLast(run[len(run)-1].text)
}

func (s *subscriber) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = true
	if s.conn != nil {
		s.conn.over()
	}
}

func (c *connection) over() { c.once.Do(func() { close(c.end) }) }

// Deliver is a write of the room's to the client.
func (c *connection) Deliver(m *wsh.Outgoing, _ bool) error {
	select {
	case <-c.end:
		return wsh.ErrClosed
	default:
	}
	s := c.s
	p := m.Publication()
	id, ok := room.ParseID(p.ID)
	if !ok {
		s.t.Errorf("%s: was sent an id %q", s.name, p.ID)
	}
	s.mu.Lock()
	if s.conn != c { // it was being written when the connection was closed
		s.mu.Unlock()
		return wsh.ErrClosed
	}
	last := len(s.runs) - 1
	s.runs[last] = append(s.runs[last], received{id, m.Text()})
	slow := s.tr.Slow > 0 && s.random.IntN(s.tr.Slow) == 0
	away := s.tr.Away > 0 && s.random.IntN(s.tr.Away) == 0
	wait := int64(s.random.IntN(1000))
	s.mu.Unlock()
	if slow {
		s.tr.await(wait)
	}
	if away || isLast(m.Text()) {
		c.over()
		return wsh.ErrClosed
	}
	return nil
}

// Fail is the room's way to say that the client cannot keep up.
func (c *connection) Fail(code wsh.StatusCode, _ string) {
	if code != wsh.StatusTryAgainLater {
		c.s.t.Errorf("%s: closed with %d, want 1013", c.s.name, code)
	}
	c.s.tr.Closed.Add(1)
	c.over()
}

// orders is, for each room, all that was acknowledged or seen, in the order of the ids.
func (tr *Trial) orders(subscribers []*subscriber) map[string][]received {
	all := map[string]map[received]bool{}
	times := map[uint64]int64{}
	for name := range tr.acked {
		all[name] = map[received]bool{}
	}
	for _, s := range subscribers {
		for _, run := range s.runs {
			for _, r := range run {
				all[s.room][r] = true
				times[r.id.Seq] = r.id.At
			}
		}
	}
	for name, texts := range tr.acked {
		for text, id := range texts {
			if id.At == 0 { // when it was asked for, the publication was not kept any more
				id.At = times[id.Seq]
			}
			all[name][received{id, text}] = true
		}
	}
	orders := map[string][]received{}
	for name, set := range all {
		orders[name] = slices.SortedFunc(maps.Keys(set), func(a, b received) int {
			return int(int64(a.id.Seq) - int64(b.id.Seq))
		})
	}
	return orders
}

// check holds what the subscriber was sent against the order of its room.
func (s *subscriber) check(order []received) {
	place, seen := map[received]int{}, map[string]room.ID{}
	for i, r := range order {
		if other, twice := seen[r.text]; twice {
			s.t.Errorf("%s: %q was published twice: %v and %v", s.name, r.text, other, r.id)
		}
		seen[r.text] = r.id
		place[r] = i
	}
	if !s.finished() {
		s.t.Errorf("%s: was not sent the last", s.name)
	}
	for _, run := range s.runs {
		for i, r := range run[:max(0, len(run)-1)] {
			if place[run[i+1]] != place[r]+1 {
				s.t.Errorf("%s: after %v (place %d of %d) it was sent %v (place %d)", s.name, r, place[r], len(order), run[i+1], place[run[i+1]])
				return
			}
		}
	}
}
