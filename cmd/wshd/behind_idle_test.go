package main

import (
	"context"
	"testing"

	"github.com/coder/websocket"
)

// idlePings is how many pings come in more than twice the time after which the web servers here end a
// connection on which nothing comes.
const idlePings = 8

// TestIdleConnectionsBehindWebServers has clients that say nothing for longer than the web server
// waits: wshd's pings keep their connections, and without them they are ended.
func TestIdleConnectionsBehindWebServers(t *testing.T) {
	for _, f := range fronts() {
		if f.unix {
			continue
		}
		f.change = append(f.change, map[string][2]string{
			"nginx.conf":  {"proxy_read_timeout 60s;", "proxy_read_timeout 2s;"},
			"apache.conf": {"\tTimeout 60\n", "\tTimeout 2\n"},
		}[f.file])
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if !f.patient {
				t.Run("without pings", func(t *testing.T) { idleWithoutPings(newIdle(t, f, "0")) })
			}
			t.Run("with pings", func(t *testing.T) { idleWithPings(newIdle(t, f, "200ms")) })
		})
	}
}

func newIdle(t *testing.T, f front, interval string) *behind {
	// The answer to a ping is looked for, and the next prepared, a quarter of the time-out later.
	b := newBehind(t, f, "--ping-interval", interval, "--ping-timeout", "2s")
	b.proxy = f.start(t, f, b.site)
	return b
}

func idleWithoutPings(b *behind) {
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	s := b.dial("/ws/rooms/echo", nil)
	b.exchange(s, "hello", "hello")
	if _, got, err := s.Read(ctx); err == nil || ctx.Err() != nil {
		b.Errorf("got %q, %v, want that the web server ends the connection", got, err)
	}
}

func idleWithPings(b *behind) {
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	pings := make(chan struct{}, 10*idlePings)
	o := options{ping: func() { pings <- struct{}{} }}
	c, _, err := o.dial(ctx, "wss://"+b.secure+"/ws/rooms/echo")
	if err != nil {
		b.Fatal(err)
	}
	defer c.CloseNow()
	read := make(chan error, 1)
	go func() { read <- (&socket{c}).expect(ctx, "still here") }()
	for range idlePings {
		select {
		case <-pings:
		case err := <-read:
			b.Fatalf("the connection ended: %v", err)
		}
	}
	if err := c.Write(ctx, websocket.MessageText, []byte("still here")); err != nil {
		b.Fatal(err)
	}
	if err := <-read; err != nil {
		b.Error(err)
	}
}
