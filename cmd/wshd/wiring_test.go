package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"wshd/host/stream"
	"wshd/plugins"
)

// configOf is what a command line means to the host.
func configOf(t *testing.T, args string) stream.Config {
	t.Helper()
	s, err := settingsOf(t, nil, strings.Fields(args)...)
	if err != nil {
		t.Fatal(err)
	}
	log, err := openLog(s, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	h := &hosting{log: log}
	c, err := h.hostConfig(s, new(plugins.Registry))
	if err != nil {
		t.Fatal(err)
	}
	if c.HandshakeTimeout != s.Limits.HandshakeTimeout || c.ValidationHost != s.ValidationHost || c.ValidationPort != s.ValidationPort {
		t.Errorf("got %+v", c)
	}
	return c.Stream
}

func TestLimitsAndCompressionReachTheStream(t *testing.T) {
	const mega = 1 << 20
	for _, tt := range []struct {
		args string
		want stream.Config
	}{
		{"", stream.Config{MessageSize: mega, WriteTimeout: 30 * time.Second, Compression: true, ContextTakeover: true}},
		{"--limits-message-size 0 --limits-write-timeout 0", stream.Config{MessageSize: -1, WriteTimeout: -1, Compression: true, ContextTakeover: true}},
		{"--limits-message-size 5 --limits-write-timeout 1s --limits-handshake-timeout 3s -V example.com -P 8", stream.Config{MessageSize: 5, WriteTimeout: time.Second, Compression: true, ContextTakeover: true}},
		{"--compression-enabled=false --compression-threshold 1KiB", stream.Config{MessageSize: mega, WriteTimeout: 30 * time.Second, ContextTakeover: true, Threshold: 1024}},
		{"--compression-context-takeover=false", stream.Config{MessageSize: mega, WriteTimeout: 30 * time.Second, Compression: true}},
	} {
		if got := configOf(t, tt.args); got != tt.want {
			t.Errorf("%q: got %+v, want %+v", tt.args, got, tt.want)
		}
	}
}
