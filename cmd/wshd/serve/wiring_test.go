package serve

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/host"
	"wshd/host/limit"
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
	c := hostConfigOf(t, s)
	if c.HandshakeTimeout != s.Limits.HandshakeTimeout || c.ValidationHost != s.ValidationHost || c.ValidationPort != s.ValidationPort {
		t.Errorf("got %+v", c)
	}
	return c.Stream
}

// hostConfigOf is what settings mean to the host.
func hostConfigOf(t *testing.T, s *config.Settings) host.Config {
	t.Helper()
	r := &reading{settings: s}
	var err error
	if r.rules, r.paths, err = allRules(s); err != nil {
		t.Fatal(err)
	}
	h := &hosting{log: discarded(t)}
	return h.hostConfig(r, new(plugins.Registry), new(failures))
}

func TestLimitsAndCompressionReachTheStream(t *testing.T) {
	for _, tt := range []struct {
		args string
		set  func(c *stream.Config)
	}{
		{"", func(c *stream.Config) {}},
		{"--limits-message-size 0 --limits-write-timeout 0", func(c *stream.Config) { c.MessageSize, c.WriteTimeout = -1, -1 }},
		{"--limits-message-size 5 --limits-write-timeout 1s --limits-handshake-timeout 3s -V example.com -P 8",
			func(c *stream.Config) { c.MessageSize, c.WriteTimeout = 5, time.Second }},
		{"--limits-messages-per-second 5 --limits-bytes-per-second 6KiB --limits-over-rate close",
			func(c *stream.Config) { c.MessagesPerSecond, c.BytesPerSecond, c.CloseOverRate = 5, 6<<10, true }},
		{"--limits-idle-timeout 5m --limits-lifetime 24h", func(c *stream.Config) { c.IdleTimeout, c.Lifetime = 5*time.Minute, 24*time.Hour }},
		{"--ping-interval 1s --ping-timeout 0s", func(c *stream.Config) { c.PingInterval, c.PingTimeout = time.Second, 0 }},
		{"--compression-enabled=false --compression-threshold 1KiB", func(c *stream.Config) { c.Compression, c.Threshold = false, 1024 }},
		{"--compression-window 16KiB", func(c *stream.Config) { c.Window = 16 << 10 }},
		{"--compression-context-takeover=false", func(c *stream.Config) { c.ContextTakeover = false }},
	} {
		want := stream.Config{MessageSize: 1 << 20, WriteTimeout: 30 * time.Second, Compression: true, ContextTakeover: true, Window: 4096,
			PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second}
		tt.set(&want)
		if got := configOf(t, tt.args); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", tt.args, got, want)
		}
	}
}

func TestBoundsReachTheHost(t *testing.T) {
	args := strings.Fields("--limits-connections 9 --limits-per-client 8 --limits-handshakes-per-second 7 --limits-header-size 6KiB --paths")
	s, err := settingsOf(t, nil, append(args, "{/a/: {limits: {connections: 5}}, /a/b/: {limits: {message_size: 4}}, /a/b/c: {limits: {per_client: 3}}, /d: {limits: {message_size: 2}}}")...)
	if err != nil {
		t.Fatal(err)
	}
	c := hostConfigOf(t, s)
	if c.HandshakesPerSecond != 7 || c.HeaderSize != 6<<10 {
		t.Errorf("got %d handshakes a second and heads of %d bytes", c.HandshakesPerSecond, c.HeaderSize)
	}
	for pattern, want := range map[string]limit.Bounds{
		"":       {Connections: 9, PerClient: 8},
		"/a/":    {Group: "/a/", Connections: 5, PerClient: 8},
		"/a/b/":  {Group: "/a/", Connections: 5, PerClient: 8},
		"/a/b/c": {Group: "/a/b/c", Connections: 5, PerClient: 3},
		"/d":     {Connections: 9, PerClient: 8},
	} {
		got := c.Bounds
		if pattern != "" {
			got = c.Paths[pattern].Bounds
		}
		if got != want {
			t.Errorf("%q: got %+v, want %+v", pattern, got, want)
		}
	}
}
