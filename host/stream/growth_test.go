package stream

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/growth"
)

// Whatever a client sends, work and memory grow no faster than its bytes.

// fragments is a message of n fragments, each with the same payload.
func fragments(first byte, n int, payload string) []byte {
	b := masked(first&^0x80, payload)
	for range n - 2 {
		b = append(b, masked(0x00, payload)...)
	}
	return append(b, masked(0x80, payload)...)
}

// splitInBytes is a message in fragments of a byte of its payload each.
func splitInBytes(first byte, payload string) []byte {
	b := masked(first&^0x80, payload[:1])
	for i := 1; i < len(payload)-1; i++ {
		b = append(b, masked(0x00, payload[i:i+1])...)
	}
	return append(b, masked(0x80, payload[len(payload)-1:])...)
}

// finalBlocks is a compressed message of size zeros and n final blocks.
func finalBlocks(size, n int) []byte {
	return masked(0xC1, final(strings.Repeat("\x00", size))+strings.Repeat("\x03\x00", n-1)+"\x00")
}

// allocated is how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

func TestMemoryGrowsWithWhatComes(t *testing.T) {
	const n = 50_000
	var z zclient
	for _, test := range []struct {
		name string
		in   []byte
		size int // of the message
		most int // bytes that receiving it allocates
	}{
		{"fragments of a byte", fragments(0x81, n, "x"), n, 4 * n},
		{"binary fragments of a byte", fragments(0x82, n, "x"), n, 4 * n},
		{"fragments of three bytes after a large one", append(masked(0x02, strings.Repeat("x", 300_000)), fragments(0x80, n, "xyz")...), 300_000 + 3*n, 4 * (300_000 + 3*n)},
		{"empty fragments", fragments(0x81, n, ""), 0, n},
		{"compressed fragments of a byte", splitInBytes(0xC1, z.compress(noise[:n])), n, 8*n + 200_000},
		{"final blocks", finalBlocks(1<<20-1, 1000), 1<<20 - 1, 8 << 20},
	} {
		for _, timed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, timed=%v", test.name, timed), func(t *testing.T) {
				c := New(&memory{in: test.in, step: 1 << 20}, nil, Config{})
				c.ext.on = true
				c.Open(nil)
				defer c.Abort()
				timeout := map[bool]time.Duration{false: -1, true: 0}[timed]
				var m wsh.Message
				got := allocated(func() {
					err := wsh.ErrTimeout
					for errors.Is(err, wsh.ErrTimeout) {
						m, err = c.Receive(timeout, false)
					}
					if err != nil {
						t.Fatal(err)
					}
				})
				if len(m.Data) != test.size {
					t.Fatalf("got %d bytes, want %d", len(m.Data), test.size)
				}
				if got > test.most {
					t.Errorf("a message of %d bytes in %d allocates %d, want at most %d", test.size, len(test.in), got, test.most)
				}
			})
		}
	}
}

// BenchmarkGrowth doubles what comes, or goes out, and tells how much longer that takes: growth is 2 where work
// is in proportion to it.
func BenchmarkGrowth(b *testing.B) {
	words := strings.Repeat("the same words again, ", 1<<14)
	for _, test := range []struct {
		name  string
		from  int
		setUp func(b *testing.B, n int) func()
	}{
		{"a frame of n bytes", 1 << 15, coming(func(n int) []byte { return text(words[:n]) })},
		{"a frame of n bytes, each in a segment", 1 << 13, func(b *testing.B, n int) func() {
			return receivingOne(b, &endless{frame: text(words[:n]), step: 1}, -1)
		}},
		{"the same, and a timeout before each", 1 << 13, func(b *testing.B, n int) func() {
			return receivingOne(b, &endless{frame: text(words[:n]), step: 1, late: true}, 0)
		}},
		{"n fragments of a byte", 1 << 14, coming(func(n int) []byte { return fragments(0x81, n, "x") })},
		{"n empty fragments", 1 << 14, coming(func(n int) []byte { return fragments(0x81, n, "") })},
		{"n fragments of a compressed byte", 1 << 11, coming(func(n int) []byte {
			var z zclient
			return splitInBytes(0xC1, z.compress(noise[:n]))
		})},
		{"n final blocks", 1 << 6, coming(func(n int) []byte { return finalBlocks(1<<15, n) })},
		{"n bytes, compressed well", 1 << 13, coming(func(n int) []byte {
			var z zclient
			return masked(0xC1, z.compress(words[:n]))
		})},
		{"n bytes, compressed badly", 1 << 12, coming(func(n int) []byte {
			var z zclient
			return masked(0xC1, z.compress(noise[:n]))
		})},
		{"n pings", 1 << 8, coming(func(n int) []byte { return append(bytes.Repeat(masked(0x89, "ping"), n), text("x")...) })},
		{"n pongs", 1 << 12, coming(func(n int) []byte { return append(bytes.Repeat(masked(0x8A, "pong"), n), text("x")...) })},
		{"n offers", 1 << 6, func(b *testing.B, n int) func() {
			c := New(&memory{}, nil, deflateConf)
			offers := slices.Repeat([]wsh.Extension{with("unknown")}, n)
			return func() { c.Negotiate(offers) }
		}},
		{"an offer of n parameters", 1 << 6, func(b *testing.B, n int) func() {
			c := New(&memory{}, nil, deflateConf)
			offer := with("server_no_context_takeover")
			offer.Params = slices.Repeat(offer.Params, n)
			return func() { c.Negotiate([]wsh.Extension{offer}) }
		}},
		{"n bytes sent compressed", 1 << 13, going(func(c *Conn, n int) error { return c.Send(wsh.Text(words[:n]), false) })},
		{"n bytes sent to a window of 1 KiB", 1 << 13, going(func(c *Conn, n int) error {
			c.ext.bits = 10
			return c.Send(wsh.Text(words[:n]), false)
		})},
		{"n fragments sent", 1 << 8, going(func(c *Conn, n int) error {
			for range n {
				c.SendFragment(wsh.Text("word"), false)
			}
			return c.SendFragment(wsh.Text(""), true)
		})},
		{"n connections looked at", 1 << 12, func(b *testing.B, n int) func() {
			k, conns := &Scheduler{}, make([]Conn, n)
			b.Cleanup(func() {
				for i := range conns {
					k.schedule(&conns[i], 0)
				}
			})
			round := time.Duration(0)
			return func() {
				round++
				for i := range conns {
					k.schedule(&conns[i], time.Hour*round+time.Duration(i%64)*time.Second)
				}
			}
		}},
	} {
		b.Run(test.name, func(b *testing.B) {
			growth.Doubling(b, test.from, 8*test.from, func(n int) func() { return test.setUp(b, n) })
		})
	}
}

// coming is a message that comes as frames.
func coming(frames func(n int) []byte) func(b *testing.B, n int) func() {
	return func(b *testing.B, n int) func() { return receivingOne(b, &endless{frame: frames(n)}, -1) }
}

// receivingOne receives a message, over and over.
func receivingOne(b *testing.B, nc net.Conn, timeout time.Duration) func() {
	c := New(nc, nil, Config{})
	c.ext.on, c.ext.clientFresh = true, true
	c.Open(nil)
	b.Cleanup(c.Abort)
	return func() {
		for {
			_, err := c.Receive(timeout, true)
			if err == nil {
				return
			}
			if !errors.Is(err, wsh.ErrTimeout) {
				panic(err)
			}
		}
	}
}

// going sends.
func going(send func(c *Conn, n int) error) func(b *testing.B, n int) func() {
	return func(b *testing.B, n int) func() {
		c := New(&endless{}, nil, Config{})
		c.ext.on = true
		c.Open(nil)
		b.Cleanup(c.Abort)
		return func() {
			if err := send(c, n); err != nil {
				panic(err)
			}
		}
	}
}
