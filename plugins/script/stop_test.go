package script

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// goroutines start one goroutine for each way to wait, or to go on for ever. Each gives mu back, and says
// so, when it ends.
const goroutines = `
var mu, held sync.Mutex
var never = make(chan int)
var ready sync.WaitGroup

func init() {
	has := make(chan bool)
	go func() { defer println("ended"); held.Lock(); defer held.Unlock(); close(has); <-never }()
	<-has
	for _, f := range []func(){
		func() { for { } },
		func() { for { time.Sleep(time.Microsecond) } },
		func() { time.Sleep(time.Hour) },
		func() { <-never },
		func() { never <- 1 },
		func() { var c chan int; <-c },
		func() { select {} },
		func() { select { case <-never: case never <- 1: } },
		func() { for { select { case <-never: default: } } },
		func() { for range time.Tick(time.Microsecond) { } },
		func() { held.Lock() },
		func() { var wg sync.WaitGroup; wg.Add(1); go func() { defer wg.Done(); <-never }(); wg.Wait() },
		func() { for { strings.ToUpper("a") } },
		func() { for i := 0; ; i++ { defer func() { recover() }() ; <-never } },
		func() { defer func() { for { } }(); <-never },
		func() { defer func() { <-never }(); <-never },
	} {
		ready.Add(1)
		go func() {
			defer println("ended")
			defer mu.Unlock()
			mu.Lock()
			mu.Unlock()
			ready.Done()
			defer mu.Lock()
			f()
		}()
	}
	ready.Wait()
}
`

func TestGoroutinesOfAnEndedVersionEnd(t *testing.T) {
	n := strings.Count(goroutines, "func() {") - strings.Count(goroutines, "go func() {") - strings.Count(goroutines, "defer func() {") + 1
	lines := make(chan string, 100)
	c := Config{CPU: time.Hour, Output: func(_, line string) { lines <- line }, Failed: func(_ string, err error) { t.Error(err) }}
	h := transfer(t, c, goroutines, "")
	if !h.Life.Acquire() {
		t.Fatal("it has ended already")
	}
	h.Life.Retire()
	if v := caught(h); v != nil {
		t.Errorf("got %v: a replaced version serves the connections that it has", v)
	}
	h.Life.Release()
	for range n {
		if got := <-lines; got != "ended" {
			t.Errorf("got %s", got)
		}
	}
	if err, ok := caught(h).(error); !ok || !strings.Contains(err.Error(), "stopped: nobody uses this version") {
		t.Errorf("got %v, want no call of an ended version to run", err)
	}
}

func TestRunawayKillsItsVersion(t *testing.T) {
	h := transfer(t, Config{CPU: 10 * time.Millisecond}, `
var mu sync.Mutex
var never = make(chan int)
func wait() { defer println("freed"); <-never }
`, `
	if r.Method == "wait" {
		wait()
	}
	mu.Lock()
	defer mu.Unlock()
	defer func() { mu.Lock() }() // would wait for ever
	for { }`)
	killed := make(chan error, 1)
	h.Life.OnKill(func(err error) { killed <- err })
	waiting := make(chan any, 1)
	go func() {
		defer func() { waiting <- recover() }()
		_ = h.TransferData(&wsh.Request{Method: "wait"})
	}()
	if err, ok := caught(h).(error); !ok || !strings.Contains(err.Error(), "x_wsh.go:20:2: stopped: ran for 10ms without waiting") {
		t.Errorf("got %v", err)
	}
	err := <-killed
	if trace, ok := err.(interface{ Trace() string }); !ok || !strings.HasSuffix(trace.Trace(), "x_wsh.go:20:2 TransferData") {
		t.Errorf("got %v", err)
	}
	if err, ok := (<-waiting).(error); !ok || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("got %v, want other calls to end", err)
	}
	if h.Life.Acquire() || h.Life.Killed() == nil {
		t.Error("want the version's life to have ended")
	}
}

func TestWhatFillsTheMemoryIsStopped(t *testing.T) {
	h := transfer(t, Config{CPU: time.Hour}, "", "var all [][]byte\nfor { all = append(all, make([]byte, 1<<20)) }")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(m.HeapInuse + 256<<20)))
	if err, ok := caught(h).(error); !ok || !strings.Contains(err.Error(), "x_wsh.go:14:1: stopped: ran without waiting for anything until the memory was full") {
		t.Errorf("got %v", err)
	}
}

func TestInitialisationThatWaitsIsGivenUp(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"channel", "<-make(chan int)", "x_wsh.go:7:15: while loading: the initialisation does not end"},
		{"loop", "for { }", "x_wsh.go:7:15: while loading: the initialisation does not end"},
		{"goroutine", "go func() { for { } }()\nselect { }", "x_wsh.go:8:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := Load(ctx, Config{}, write(t, map[string]string{"x_wsh.go": "package main\n\nimport \"wshd/plugins/wsh\"\n" + required + "func init() { " + tt.body + "\n}\n"}), "x")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// A hook's error says where it was returned, and is still the error that it was. What the script's own
// methods do when the host looks at it harms nobody.
func TestReturnedErrorTellsWhere(t *testing.T) {
	h := transfer(t, Config{}, `
type mine struct{}
func (mine) Error() string { return "mine" }
func (mine) Is(error) bool { panic("no") }
`, `switch r.Method {
	case "close":
		return &wsh.CloseError{Code: 4000}
	case "mine":
		return mine{}
	}
	return fmt.Errorf("x: %w", io.EOF)`)
	err := h.TransferData(&wsh.Request{})
	if err == nil || !errors.Is(err, errors.Unwrap(err)) && !strings.HasSuffix(err.Error(), "x_wsh.go:19:2: x: EOF") {
		t.Errorf("got %v", err)
	}
	var c *wsh.CloseError
	if err := h.TransferData(&wsh.Request{Method: "close"}); !errors.As(err, &c) || c.Code != 4000 {
		t.Errorf("got %v", err)
	}
	if err := h.TransferData(&wsh.Request{Method: "mine"}); !strings.HasSuffix(err.Error(), "x_wsh.go:17:3: mine") || errors.Is(err, wsh.ErrAborted) {
		t.Errorf("got %v", err)
	}
}
