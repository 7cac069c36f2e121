// Package roomtest tries rooms that keep what is published: under random load each subscriber must be sent
// all that was acknowledged, once and in one order, or be told that it cannot be.
package roomtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// Trial is one run. Its rooms are r0, r1 and so on, and must keep something on all hosts.
type Trial struct {
	Hosts        []wsh.Rooms
	Rooms        int
	Publishers   int
	Publications int // of each publisher
	Subscribers  int // of each room
	Last         int // what a subscriber asks for that was forgotten
	Slow         int // one in so many times a subscriber does not read for a while; 0: never
	Away         int // one in so many times it goes away and comes back with its id; 0: never
	Seed         uint64
	Patience     time.Duration // for the end to reach all; 0: a minute

	mu        sync.Mutex
	done      *sync.Cond
	acked     map[string]map[string]room.ID // by room and text
	published atomic.Int64
	lasts     atomic.Int64
	over      bool

	Resumes, Forgotten, Closed, Retries atomic.Int64
}

// Run makes the trial, and fails t for whatever was missed, came twice or out of order.
func (tr *Trial) Run(t *testing.T) {
	t.Helper()
	if tr.Patience == 0 {
		tr.Patience = time.Minute
	}
	tr.done = sync.NewCond(&tr.mu)
	tr.acked = map[string]map[string]room.ID{}
	var subscribers []*subscriber
	var reading, publishing sync.WaitGroup
	for r := range tr.Rooms {
		for i := range tr.Subscribers {
			s := &subscriber{tr: tr, t: t, room: fmt.Sprint("r", r), name: fmt.Sprintf("r%d's %d", r, i),
				random: rand.New(rand.NewPCG(tr.Seed, uint64(len(subscribers))))}
			subscribers = append(subscribers, s)
			reading.Go(s.run)
		}
	}
	for p := range tr.Publishers {
		publishing.Go(func() { tr.publish(t, p) })
	}
	publishing.Wait()
	tr.mu.Lock()
	tr.over = true
	tr.done.Broadcast()
	tr.mu.Unlock()
	for r := range tr.Rooms {
		tr.publishLast(t, tr.Hosts[0], fmt.Sprint("r", r))
	}
	late := time.AfterFunc(tr.Patience, func() {
		for _, s := range subscribers {
			s.giveUp()
		}
	})
	reading.Wait()
	late.Stop()
	orders := tr.orders(subscribers)
	for _, s := range subscribers {
		s.check(orders[s.room])
	}
	t.Logf("%d publications, %d resumes, %d forgotten, %d closed with 1013, %d retries", tr.published.Load(),
		tr.Resumes.Load(), tr.Forgotten.Load(), tr.Closed.Load(), tr.Retries.Load())
}

func (tr *Trial) publish(t *testing.T, p int) {
	random := rand.New(rand.NewPCG(tr.Seed, uint64(1<<32+p)))
	host := tr.Hosts[p%len(tr.Hosts)]
	for i := range tr.Publications {
		tr.publishOne(t, host, fmt.Sprint("r", random.IntN(tr.Rooms)), fmt.Sprintf("%d of %d", i, p))
	}
}

// publishLast publishes what ends a room's subscribers, once all else has been published. Whoever comes
// back later does so as well, since the room may have been forgotten meanwhile, with the last of others.
func (tr *Trial) publishLast(t *testing.T, host wsh.Rooms, name string) {
	tr.mu.Lock()
	over := tr.over
	tr.mu.Unlock()
	if over {
		tr.publishOne(t, host, name, fmt.Sprint("last ", tr.lasts.Add(1)))
	}
}

func isLast(text string) bool { return strings.HasPrefix(text, "last ") }

// publishOne publishes until that is acknowledged, with one key.
func (tr *Trial) publishOne(t *testing.T, host wsh.Rooms, name, text string) {
	deadline := time.Now().Add(tr.Patience)
	for {
		id, err := host.Publish(name, wsh.Text(text), wsh.PublishOptions{Key: text, ID: true})
		if err == nil {
			tr.acknowledged(t, name, text, id)
			return
		}
		if !errors.Is(err, wsh.ErrUnavailable) || time.Now().After(deadline) {
			t.Errorf("publish %q: %v", text, err)
			return
		}
		tr.Retries.Add(1)
	}
}

func (tr *Trial) acknowledged(t *testing.T, name, text, id string) {
	parsed, ok := room.ParseID(id)
	if !ok {
		t.Errorf("publish %q: the id is %q", text, id)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.acked[name] == nil {
		tr.acked[name] = map[string]room.ID{}
	}
	tr.acked[name][text] = parsed
	tr.published.Add(1)
	tr.done.Broadcast()
}

// await waits until n more have been published, or all.
func (tr *Trial) await(n int64) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for until := tr.published.Load() + n; tr.published.Load() < until && !tr.over; {
		tr.done.Wait()
	}
}
