package serve

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"wshd/cmd/wshd/config"
	"wshd/host"
	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins"
	"wshd/plugins/wsh"
)

// TestALoadThatHangsHoldsNobodyUp: a script whose loading hangs, and will not be told to end, keeps wshd
// neither from going nor for long.
func TestALoadThatHangsHoldsNobodyUp(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hangs_wsh.go"), []byte("package main\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	loading, release := make(chan bool, 1), make(chan bool)
	registry, err := plugins.Open(plugins.Config{Root: dir, Report: func(plugins.Event) {},
		Load: func(context.Context, string, string) (*wsh.Handler, error) {
			loading <- true
			<-release
			return nil, errors.New("released")
		}})
	if err != nil {
		t.Fatal(err)
	}
	<-loading
	h := bare(t, "--drain", "10m")
	if h.server, err = host.New(host.Config{}); err != nil {
		t.Fatal(err)
	}
	h.rooms, h.registry = &room.Hub{Offer: stream.Offer}, registry
	told := newSignals()
	told.end <- syscall.SIGTERM
	if err := h.run(told); err != nil {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := registry.Close(); err != nil {
		t.Error(err)
	}
}

// bare is a hosting that has opened nothing.
func bare(t *testing.T, args ...string) *hosting {
	t.Helper()
	f, err := config.ParseFlags(args)
	if err != nil {
		t.Fatal(err)
	}
	h := &hosting{Config: Config{Flags: f, Stderr: io.Discard}, log: discarded(t),
		closing: new(sync.WaitGroup), counts: new(counts), failures: new(failures)}
	if h.settings, err = settingsOf(t, nil, args...); err != nil {
		t.Fatal(err)
	}
	return h
}

func newSignals() *signals {
	return &signals{end: make(chan os.Signal, 2), reload: make(chan os.Signal, 1)}
}
