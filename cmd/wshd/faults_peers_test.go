package main

import (
	"net"
	"strings"
	"testing"
	"time"
)

// TestHalfOpenPeers has clients vanish without a word: their connections stay open, and nothing comes.
func TestHalfOpenPeers(t *testing.T) {
	v := newVictim(t, nil, "--ping-interval", "200ms", "--ping-timeout", "400ms")
	v.ready(v.listening(v.process))
	const vanished = 100
	for range vanished {
		nc, _, err := v.opened("/echo")
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close() // after all is over
	}
	for range vanished {
		v.logs(`msg="connection closed" resource=/echo .*code=1006`)
	}
	v.unharmed()
}

// TestClientsThatNeverRead has clients join a room and never read, while one publishes more than
// their queues and the kernel take. They lose messages; nobody waits for them; and in the end the
// time-out of a write ends them.
func TestClientsThatNeverRead(t *testing.T) {
	v := newVictim(t, nil, "--limits-write-timeout", "500ms", "--ping-interval", "0s")
	v.ready(v.listening(v.process))
	var deaf []net.Conn
	for range 30 {
		nc, _, err := v.opened("/room")
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		deaf = append(deaf, nc)
	}
	publisher := v.dial("/room")
	publisher.SetReadLimit(-1)
	text := strings.Repeat("x", 100_000)
	start := time.Now()
	for range 200 {
		if got := v.said(publisher, text); got != text {
			t.Fatalf("the publisher got %.20q\n%s", got, v.log())
		}
	}
	t.Logf("200 messages past %d deaf members in %v", len(deaf), time.Since(start))
	for range deaf {
		v.logs(`msg="connection closed" resource=/room .*code=1006`)
	}
	_ = publisher.CloseNow()
	v.unharmed()
}
