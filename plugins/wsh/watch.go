package wsh

import (
	"context"
	"fmt"
	"sync"
)

// Members lists who is in a room, on all hosts, in the order in which they came.
func Members(room string) ([]Member, error) {
	rooms, err := served()
	if err != nil {
		return nil, fmt.Errorf("members of %q: %w", room, err)
	}
	return rooms.Members(room), nil
}

// WatchMembers calls f for each member of a room, on all hosts, then for each that joins and each that leaves,
// and returns nil when ctx ends. It calls f by one goroutine, its caller's. The members of a host that has died
// leave within ten seconds.
func WatchMembers(ctx context.Context, room string, f func(m Member, joined bool)) error {
	rooms, err := served()
	if err != nil {
		return fmt.Errorf("watch %q: %w", room, err)
	}
	return rooms.WatchMembers(ctx, room, f)
}

// Watcher is somebody who watches the members of a room. Handler scripts do not use it: rooms make one for each
// WatchMembers, and tell it what happens from before Run on. The zero value is ready.
type Watcher struct {
	mu     sync.Mutex
	told   []change
	missed bool
	wake   chan struct{} // closed when something has been told; nil: nobody waits
}

type change struct {
	m      Member
	joined bool
}

// mostTold bounds what a Watcher has not looked at. If there is more it compares lists.
const mostTold = 4096

// Notify notes that m has joined, or left. It does not wait.
func (w *Watcher) Notify(m Member, joined bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) == mostTold {
		w.told, w.missed = nil, true
	}
	if !w.missed {
		w.told = append(w.told, change{m, joined})
	}
	if w.wake != nil {
		close(w.wake)
		w.wake = nil
	}
}

// Run calls f until ctx ends. members lists who is there.
func (w *Watcher) Run(ctx context.Context, members func() []Member, f func(m Member, joined bool)) error {
	known := map[string]Member{}
	tell := func(c change) {
		if _, is := known[c.m.ID]; is == c.joined {
			return // it was in the list that was compared
		}
		if c.joined {
			known[c.m.ID] = c.m
		} else {
			delete(known, c.m.ID)
		}
		f(c.m, c.joined)
	}
	compare := true
	for ctx.Err() == nil {
		if compare {
			for _, c := range differences(known, members()) {
				tell(c)
			}
		}
		var told []change
		if told, compare = w.next(ctx); compare {
			continue
		}
		for _, c := range told {
			if ctx.Err() == nil {
				tell(c)
			}
		}
	}
	return nil
}

func differences(known map[string]Member, now []Member) (list []change) {
	there := map[string]bool{}
	for _, m := range now {
		there[m.ID] = true
	}
	for id, m := range known {
		if !there[id] {
			list = append(list, change{m, false})
		}
	}
	for _, m := range now {
		list = append(list, change{m, true})
	}
	return list
}

// next waits for what has been told. missed: some of it is lost.
func (w *Watcher) next(ctx context.Context) (told []change, missed bool) {
	for {
		w.mu.Lock()
		told, missed = w.told, w.missed
		w.told, w.missed = nil, false
		if w.wake == nil {
			w.wake = make(chan struct{})
		}
		wake := w.wake
		w.mu.Unlock()
		if len(told) > 0 || missed {
			return told, missed
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, false
		}
	}
}
