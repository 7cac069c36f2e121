package script

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/yaegi"
	"wshd/plugins/wsh"
)

// counted loads a script, and counts what the interpreter does: each native call that it makes.
func counted(t *testing.T, file string) (transfer func(*wsh.Request) error, entries *atomic.Int64) {
	t.Helper()
	prog, err := check.Package(check.Config{}, file)
	if err != nil {
		t.Fatal(err)
	}
	entries = &atomic.Int64{}
	machine, refused := lower.Compile(prog.Fset(), sources(prog), func(texts []string, natives []func(*machine.Frame)) (map[string]reflect.Value, error) {
		for i, native := range natives {
			natives[i] = func(fr *machine.Frame) {
				entries.Add(1)
				native(fr)
			}
		}
		return yaegi.Evaluate(texts, natives)
	}, io.Discard, machine.Limits{})
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	if err := machine.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	transfer, ok := lower.Func[func(*wsh.Request) error](machine, "TransferData")
	if !ok {
		t.Fatal("no TransferData")
	}
	return transfer, entries
}

// nowhere are rooms that nobody else is in.
type nowhere struct{ wsh.Rooms }

func (nowhere) Join(string, wsh.JoinOptions) (func(time.Time), error)           { return func(time.Time) {}, nil }
func (nowhere) Publish(string, wsh.Message, wsh.PublishOptions) (string, error) { return "", nil }
func (nowhere) Members(string) []wsh.Member                                     { return nil }
func (nowhere) Len(string) int                                                  { return 0 }

// answered is how many of n messages the handler has taken, and how often the interpreter was at work.
func answered(t *testing.T, file string, n int) (taken, times int) {
	transfer, entries := counted(t, file)
	before := entries.Load() // of init
	s := &messages{n: n, m: wsh.Text("receive 1")}
	r := &wsh.Request{}
	_, stop := wsh.Attach(r, wsh.Link{Stream: s, Rooms: nowhere{}})
	defer stop()
	func() {
		defer func() { _ = recover() }() // internal_error_wsh.go panics
		_ = transfer(r)
	}()
	return n - s.n, int(entries.Load() - before)
}

// TestInterpreterRunsTheFlow wants the interpreter to be where connections and messages go through: it
// comes to every connection, and to each message where a handler loops over ReceiveMessage.
func TestInterpreterRunsTheFlow(t *testing.T) {
	files, err := filepath.Glob("../../scripts/*_wsh.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no handlers", err)
	}
	loops := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		const n = 50
		taken, times := answered(t, file, n)
		if times < 1 {
			t.Errorf("%s: the interpreter has no part in a connection", file)
		}
		if taken == n && strings.Contains(string(text), ".ReceiveMessage()") {
			loops++
			if times < n {
				t.Errorf("%s: the interpreter was at work %d times for %d messages", file, times, n)
			}
		}
	}
	if loops < 5 {
		t.Errorf("got %d handlers that take all messages in a loop, want 5 and more", loops)
	}
}

// TestComputingIsNative wants what is computed between two waits to be no work of the interpreter's: with
// loops, calls, recursion, function values and methods by way of interfaces.
func TestComputingIsNative(t *testing.T) {
	file := filepath.Join(t.TempDir(), "compute_wsh.go")
	if err := os.WriteFile(file, []byte(computing), 0o644); err != nil {
		t.Fatal(err)
	}
	few, many := 0, 0
	for _, n := range []int{1, 2} {
		_, times := answered(t, file, n)
		few, many = many, times
	}
	if many-few > 4 {
		t.Errorf("the interpreter was at work %d times for a message", many-few)
	}
}

const computing = `package main

import (
	"sync"

	"wshd/plugins/wsh"
)

type shape interface{ area() int }

type square int

func (s square) area() int { return int(s * s) }

var mu sync.Mutex

func fib(n int) int {
	mu.Lock()
	mu.Unlock()
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	sum, add := 0, func(n int) int { return n + 1 }
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		for i := range 1000 {
			sum += add(i) + fib(3)
			for j := 0; j < 3; j++ {
				sum += shape(square(j)).area()
			}
		}
		if err := r.SendMessage(msg); err != nil {
			return err
		}
	}
}
`
