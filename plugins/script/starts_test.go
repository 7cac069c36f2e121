package script

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// more is a handler that imports more than transfer's.
func more(t *testing.T, decls, body string) *wsh.Handler {
	t.Helper()
	h, err := Load(t.Context(), Config{CPU: time.Hour}, write(t, map[string]string{"x_wsh.go": `package main

import (
	"context"
	"iter"
	"sync"
	"time"
	"wshd/plugins/wsh"
)

func TransferData(r *wsh.Request) error {
` + body + "\nreturn nil\n}\n" + decls + `
func DoExtraHandshake(r *wsh.Request) error { return nil }
var _ = context.Background
var _ iter.Seq[int]
var _ sync.Mutex
var _ time.Duration
`}), "x")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// What starts goroutines or timers without end is stopped with its version.
func TestGoroutinesAndTimersAreBounded(t *testing.T) {
	for _, tt := range []struct{ name, decls, body string }{
		{"go", "func f() { for { go f() } }", "f()"},
		{"waiting", "var never = make(chan int)", "for { go func() { <-never }() }"},
		{"group", "var wg sync.WaitGroup\nvar never = make(chan int)", "for { wg.Go(func() { <-never }) }"},
		{"timers", "func f() { time.AfterFunc(0, f); time.AfterFunc(0, f) }", "f()\n<-make(chan int)"},
		{"timers to come", "var list []*time.Timer", "for { list = append(list, time.AfterFunc(time.Hour, func() {})) }"},
		{"contexts", "", "for { context.WithTimeout(context.Background(), time.Hour) }"},
		{"child contexts", "", "ctx, _ := context.WithCancel(context.Background())\nfor { context.WithCancel(ctx) }"},
		{"after contexts", "", "ctx, _ := context.WithCancel(context.Background())\nfor { context.AfterFunc(ctx, func() {}) }"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := more(t, tt.decls, tt.body)
			killed := make(chan error, 1)
			h.Life.OnKill(func(err error) { killed <- err })
			go caught(h)
			if err := <-killed; err == nil || !strings.Contains(err.Error(), "goroutines, timers and contexts, and ") {
				t.Errorf("got %v, want to be told of goroutines", err)
			}
		})
	}
}

// What has ended does not count.
func TestGoroutinesAndTimersThatEndAreNotCounted(t *testing.T) {
	h := more(t, "func all(yield func(int) bool) { yield(1) }", `
	done := make(chan bool)
	for range 6_000 {
		go func() { done <- true }()
		<-done
		time.AfterFunc(0, func() { done <- true })
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		stop := context.AfterFunc(ctx, func() {})
		stop()
		cancel()
		next, end := iter.Pull(all)
		next()
		end()
	}
	panic("all done")`)
	if err, _ := caught(h).(error); err == nil || !strings.HasSuffix(err.Error(), "all done") {
		t.Errorf("got %v", err)
	}
}

// Panics of goroutines without end do not fill the log: some are told, and how many were not.
func TestPanicsOfGoroutinesAreSampled(t *testing.T) {
	var told atomic.Int64
	again := make(chan error, 100)
	c := Config{Failed: func(_ string, err error) {
		if told.Add(1) > 10 {
			again <- err
		}
	}}
	h := transfer(t, c, "", `
	for range 1000 {
		done := make(chan bool)
		go func() { defer close(done); panic("no") }()
		<-done
	}`)
	start := time.Now()
	for calls := 1; ; calls++ {
		caught(h)
		select {
		case err := <-again:
			most := 11 + int64(time.Since(start)/time.Second) // a thousand take more than a second on a slow machine
			if n := told.Load(); n > most || !regexp.MustCompile(`x_wsh.go:16:39: panic: no \(and \d\d+ more goroutines failed before\)$`).MatchString(err.Error()) {
				t.Errorf("got %v as the %d. of %d", err, n, calls*1000)
			}
			return
		default:
		}
	}
}
