package wsh_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestWatchMembersTellsEach(t *testing.T) {
	var rooms wshtest.Rooms
	defer wsh.Serve(&rooms)()
	join := func(id string) func(time.Time) {
		leave, err := rooms.Join("r", wsh.JoinOptions{Member: wsh.Member{ID: id}})
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	leave := join("a")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan string, 10)
	done := make(chan error)
	go func() {
		done <- wsh.WatchMembers(ctx, "r", func(m wsh.Member, joined bool) { told <- fmt.Sprint(m.ID, joined) })
	}()
	expect := func(want string) {
		t.Helper()
		if got := <-told; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	expect("atrue")
	join("b")
	expect("btrue")
	leave(time.Time{})
	expect("afalse")
	if list, err := wsh.Members("r"); len(list) != 1 || list[0].ID != "b" || err != nil {
		t.Errorf("got %v, %v", list, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	join("c")(time.Time{})
	select {
	case got := <-told:
		t.Errorf("told %s after the end", got)
	default:
	}
}

// TestAWatcherThatIsSlowComparesLists: what it has missed it finds out.
func TestAWatcherThatIsSlowComparesLists(t *testing.T) {
	var mu sync.Mutex
	var there []wsh.Member
	var w wsh.Watcher
	change := func(i int, joined bool) {
		mu.Lock()
		defer mu.Unlock()
		m := wsh.Member{ID: fmt.Sprint(i)}
		if joined {
			there = append(there, m)
		} else {
			there = there[1:]
		}
		w.Notify(m, joined)
	}
	const n = 20000
	told := map[string]int{}
	first, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	change(0, true)
	go func() {
		defer close(done)
		_ = w.Run(ctx, func() []wsh.Member {
			mu.Lock()
			defer mu.Unlock()
			return append([]wsh.Member(nil), there...)
		}, func(m wsh.Member, joined bool) {
			if joined {
				told[m.ID]++
			} else {
				told[m.ID]--
			}
			if m.ID == "0" && joined {
				close(first)
				<-goOn
			}
			if m.ID == "last" {
				cancel()
			}
		})
	}()
	<-first
	for i := 1; i < n; i++ {
		change(i, true)
	}
	for i := range n / 2 {
		change(i, false)
	}
	close(goOn)
	mu.Lock()
	there = append(there, wsh.Member{ID: "last"})
	w.Notify(wsh.Member{ID: "last"}, true)
	mu.Unlock()
	<-done
	for i := range n {
		want := 0
		if i >= n/2 {
			want = 1
		}
		if got := told[fmt.Sprint(i)]; got != want {
			t.Fatalf("%d: told %d, want %d", i, got, want)
		}
	}
}
