//go:build unix

package serve

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"wshd/cmd/wshd/config"
)

// pipe makes a file that hangs whoever opens it to write until somebody reads.
func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// let opens the other end, which returns when the first is being opened.
func let(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestASignalEndsAStartThatHangs(t *testing.T) {
	file := pipe(t)
	f, err := config.ParseFlags([]string{"--log-file", file, "-w", "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	h := &hosting{Config: Config{Flags: f, Stderr: io.Discard}}
	end := make(chan os.Signal, 1)
	end <- syscall.SIGTERM
	if err := h.start(end); !errors.As(err, new(*signalError)) {
		t.Errorf("got %v", err)
	}
	let(t, file) // for the goroutine that was left alone
}

// TestSignalsAreHeededWhileAReloadHangs: the one that ends wshd is, and a hundred that ask for a reload
// are one.
func TestSignalsAreHeededWhileAReloadHangs(t *testing.T) {
	h := bare(t)
	file := pipe(t)
	var err error
	if h.Flags, err = config.ParseFlags([]string{"--log-file", file, "-w", "nowhere"}); err != nil {
		t.Fatal(err)
	}
	told := newSignals()
	told.reload <- syscall.SIGHUP
	over := make(chan error, 1)
	go func() { over <- h.obey(told, nil, nil) }()
	for len(told.reload) > 0 { // until it is heeded
		runtime.Gosched()
	}
	for range 100 {
		select {
		case told.reload <- syscall.SIGHUP: // as signal.Notify does
		default:
		}
	}
	told.end <- syscall.SIGTERM
	if err := <-over; err != nil {
		t.Errorf("got %v", err)
	}
	if n := len(told.reload); n != 1 {
		t.Errorf("%d reloads wait, want one", n)
	}
	let(t, file)
}
