package nats

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// await waits until is holds.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// watching collects what WatchMembers tells, as "+a" and "-a".
func watching(t *testing.T, r wsh.Rooms, name string) (told chan string) {
	ctx, cancel := context.WithCancel(t.Context())
	told = make(chan string, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.WatchMembers(ctx, name, func(m wsh.Member, joined bool) {
			told <- map[bool]string{true: "+", false: "-"}[joined] + map[bool]string{true: "lost "}[m.Lost] + m.Name
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return told
}

func named(r wsh.Rooms, name string) string {
	var names []string
	for _, m := range r.Members(name) {
		names = append(names, m.Name)
	}
	return strings.Join(names, " ")
}

func as(name string, i int) wsh.JoinOptions {
	return wsh.JoinOptions{Member: wsh.Member{ID: name, Name: name, Since: time.Unix(int64(i), 0)}}
}

func TestMembersOfAllHosts(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	c := Config{Servers: addresses, Retention: map[string]room.Retention{"kept": {Messages: 3}}}
	one, _ := opened(t, &room.Hub{}, c)
	two, stopTwo := opened(t, &room.Hub{}, c)
	for _, name := range []string{"kept", "other"} {
		told := watching(t, two, name)
		_, leave := joined(t, one, name, as("a", 1))
		_, leaveB := joined(t, two, name, as("b", 2))
		joined(t, one, name, as("c", 3))
		for _, r := range []*Rooms{one, two} {
			await(t, name, func() bool { return named(r, name) == "a b c" && r.Len(name) == 3 })
		}
		leave(time.Time{})
		await(t, name, func() bool { return named(two, name) == "b c" && named(one, name) == "b c" })
		var got []string
		for range 4 {
			got = append(got, <-told)
		}
		slices.Sort(got)
		if fmt.Sprint(got) != "[+a +b +c -a]" {
			t.Errorf("told %v", got)
		}
		leaveB(time.Time{})
	}
	late, _ := opened(t, &room.Hub{}, c) // is told what was before it
	await(t, "late", func() bool { return named(late, "kept") == "c" })
	joined(t, two, "kept", as("d", 4))
	await(t, "late", func() bool { return named(late, "kept") == "c d" })
	stopTwo() // says goodbye
	await(t, "goodbye", func() bool { return named(late, "kept") == "c" })
}

// TestMembersOfAHostThatDies has one lose its connection for good, without a word.
func TestMembersOfAHostThatDies(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	c := Config{Servers: addresses, Retention: map[string]room.Retention{"kept": {Messages: 3}}}
	one, _ := opened(t, &room.Hub{}, c)
	two, _ := opened(t, &room.Hub{}, c)
	told := watching(t, one, "r")
	for i := range 3 * partSize {
		if _, err := two.Join("r", wsh.JoinOptions{Stream: newSink(), Member: as(fmt.Sprint(i), i).Member}); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "all", func() bool { return one.Len("r") == 3*partSize })
	for range 3 * partSize {
		<-told
	}
	two.cancel() // nothing is sent any more
	start := time.Now()
	two.link.Load().Close()
	for range 3 * partSize {
		if text := <-told; !strings.HasPrefix(text, "-lost ") {
			t.Errorf("told %s", text)
		}
	}
	if d := time.Since(start); one.Len("r") != 0 || d > 20*time.Second {
		t.Errorf("%d are left after %v", one.Len("r"), d)
	}
}
