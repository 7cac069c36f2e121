// Package wshtest tests handlers without a host: it runs a handler's hooks against a connection in
// memory, and the test plays the client.
//
// A script chat_wsh.go is tested by a file chat_wsh_test.go beside it, with the same first lines:
//
//	//go:build ignore
//
//	package main
//
//	func TestChat(t *testing.T) {
//		c := wshtest.Dial(t, &wsh.Handler{DoExtraHandshake: DoExtraHandshake, TransferData: TransferData})
//		c.SendText("hello")
//		c.Expect("hello")
//	}
//
// It is run by naming both files: go test chat_wsh.go chat_wsh_test.go; see Handlers for all of them. The tests
// of a folder handler are like those of any package.
//
// What the hooks return means what it means to a host. What a host adds is not here: origins,
// authentication, compression, and bounds on messages and time. Everything blocks on channels only,
// so that in a testing/synctest bubble timers need no waiting.
package wshtest

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// leakWait bounds how long goroutines that are on their way out may take after the last test.
const leakWait = 5 * time.Second

// Main runs a package's tests and fails if they leave goroutines behind. It does not return:
//
//	func TestMain(m *testing.M) { wshtest.Main(m) }
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main that returns the exit code, for a TestMain with more to do.
func Run(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	if left := leaked(leakWait); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "%d goroutines are left after the tests:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
		return 1
	}
	return 0
}

// leaked returns the stacks of the goroutines that are still there after wait, but the caller's and
// those that the runtime keeps for good.
func leaked(wait time.Duration) []string {
	deadline := time.Now().Add(wait)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
		left := goroutines()
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		<-time.After(pause)
	}
}

func goroutines() []string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var left []string
	// The first stack is the caller's own.
	for _, stack := range strings.Split(strings.TrimSpace(string(buf)), "\n\n")[1:] {
		if !ours(stack) {
			left = append(left, stack)
		}
	}
	return left
}

// ours reports whether a goroutine is not a test's doing: the one that os/signal starts at the first
// Notify never ends, and a fuzzing run keeps testing's own.
func ours(stack string) bool {
	for _, keep := range []string{"os/signal.signal_recv", "os/signal.loop", "testing.(*M).", "testing.runFuzz", "runtime.ensureSigM"} {
		if strings.Contains(stack, keep) {
			return true
		}
	}
	return false
}
