package serve

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/logs"
	"wshd/host"
	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins"
	"wshd/plugins/wsh"
)

// A script whose loading hangs, and will not be told to end, must not keep wshd from going.
func TestASecondSignalEndsWhateverHangs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hangs_wsh.go"), []byte("package main\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := settingsOf(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	log, err := logs.Open(logs.Config{Stderr: io.Discard})
	if err != nil {
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
	server, err := host.New(host.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := &hosting{settings: s, log: log, rooms: &room.Hub{Offer: stream.Offer}, registry: registry, server: server}
	signals := make(chan os.Signal, 2)
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM
	if err := h.run(signals); !errors.Is(err, hint.Exit(128+int(syscall.SIGTERM))) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := registry.Close(); err != nil {
		t.Error(err)
	}
}
