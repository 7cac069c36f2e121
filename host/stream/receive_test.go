package stream

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestEchoAndClose(t *testing.T) {
	for _, network := range []struct {
		name string
		make func(testing.TB) (net.Conn, net.Conn)
	}{{"tcp", sockets}, {"pipe", pipe}} {
		t.Run(network.name, func(t *testing.T) {
			server, client := network.make(t)
			c, p := open(t, server, client, Config{})
			result := serve(c, echo)
			p.send(text("Hello"))
			p.want("THello")
			p.send(masked(0x82, "\x00\xff"))
			p.want("B\x00\xff")
			p.send(masked(0x89, "ping"))
			p.want("pong ping")
			p.send(closing8(3000, "bye"))
			p.want("close 1000 ", "EOF")
			client.Close()
			if err := <-result; !errors.Is(err, io.EOF) {
				t.Errorf("handler got %v, want EOF", err)
			}
			if got := c.Stats(); got != (Stats{2, 2, 7, 7, 3000}) {
				t.Errorf("stats %+v", got)
			}
		})
	}
}

func TestReceiveBeforeOpen(t *testing.T) {
	server, client := pipe(t)
	c := New(server, nil, Config{})
	_, err := c.Receive(-1, false)
	for _, err := range []error{err, c.SendFragment(wsh.Text(""), true), c.SendPing(nil), c.Close(1000, "", false)} {
		if !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("got %v, want ErrBadOperation", err)
		}
	}
	client.Close()
	c.End(1000, "")
}

func TestBufferedBytesComeFirst(t *testing.T) {
	server, client := pipe(t)
	in := join(text("one"), text(strings.Repeat("x", 10_000)), text("three"))
	c := New(server, in[:10_007], Config{})
	c.Open(nil)
	defer c.Abort()
	go client.Write(in[10_007:])
	for _, want := range []int{3, 10_000, 5} {
		if m, err := c.Receive(-1, false); err != nil || len(m.Data) != want {
			t.Fatalf("got %d bytes %v, want %d", len(m.Data), err, want)
		}
	}
}

// timedOut receives for the shortest time, in which nothing comes.
func timedOut(t *testing.T, c *Conn) {
	t.Helper()
	if m, err := c.Receive(0, false); !errors.Is(err, wsh.ErrTimeout) {
		t.Fatalf("got %v %v, want ErrTimeout", m, err)
	}
}

func received(t *testing.T, c *Conn, timeout time.Duration, want string) {
	t.Helper()
	m, err := c.Receive(timeout, false)
	if err != nil || m.Text() != want {
		t.Fatalf("got %q %v, want %q", m.Text(), err, want)
	}
}

func TestReceiveTimeoutLosesNothing(t *testing.T) {
	var z zclient
	long := strings.Repeat("0123456789", 2000)
	for _, test := range []struct {
		name string
		in   []byte
		want string
		cuts []int
	}{
		{"text", text("Hello"), "Hello", []int{0, 1, 2, 5, 6, 8, 10}},
		{"long text", text(long), long, []int{3, 8, 100, 5000, 15_000, 20_007}},
		{"fragments", join(masked(1, "a"), masked(0x89, ""), masked(0, ""), masked(0x80, "b")), "ab", []int{6, 7, 8, 13, 15, 20, 25}},
		{"compressed", masked(0xC1, z.compress(long)), long, []int{1, 10, 20, 30}},
		{"compressed fragments", join(masked(0x41, z.compress("x")+"\x00\x00\xff\xff"), masked(0x80, z.compress("y"))), "xy", []int{8, 14, 15, 20}},
	} {
		for _, network := range []func(testing.TB) (net.Conn, net.Conn){sockets, pipe} {
			for _, last := range []time.Duration{patience, -1} {
				t.Run(test.name, func(t *testing.T) {
					server, client := network(t)
					c, p := open(t, server, client, deflateConf, pmd)
					go io.Copy(io.Discard, p.br)
					at := 0
					for _, cut := range test.cuts {
						// On a pipe the second half of a Write may wait for the next Receive.
						wrote := make(chan struct{})
						go func() {
							p.send(test.in[at:cut])
							close(wrote)
						}()
						for done := false; !done; {
							timedOut(t, c)
							select {
							case <-wrote:
								done = true
							default:
							}
						}
						at = cut
					}
					timedOut(t, c)
					go p.send(test.in[at:], text("next"))
					received(t, c, last, test.want)
					received(t, c, last, "next")
				})
			}
		}
	}
}

// TestMessageThatEndsInCodersBuffer: memory is given out 32 KiB at a time. If the last few bytes of
// such a piece come with the message's end, coder reads that end into its bufio.
func TestMessageThatEndsInCodersBuffer(t *testing.T) {
	server, client := pipe(t)
	c, _ := open(t, server, client, Config{})
	const size = 32<<10 + 5
	in := masked(0x82, strings.Repeat("x", size))
	go func() {
		for _, piece := range [][]byte{in[:4096], in[4096 : len(in)-15], in[len(in)-15:], text("next")} {
			client.Write(piece)
		}
	}()
	received(t, c, -1, strings.Repeat("x", size))
	received(t, c, -1, "next")
}

func TestReuse(t *testing.T) {
	c, p := connect(t, Config{})
	p.send(text("one"), text("two"), text(strings.Repeat("x", 40_000)))
	m, err := c.Receive(-1, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"two", strings.Repeat("x", 40_000)} {
		if m, err := c.Receive(-1, true); err != nil || m.Text() != want {
			t.Fatalf("got %q %v", m.Text(), err)
		}
	}
	if m.Text() != "one" {
		t.Errorf("a message that is the script's to keep became %q", m.Text())
	}
}

func TestPingHooks(t *testing.T) {
	c, p := connect(t, Config{})
	var seen []string
	c.OnPing(func(b []byte) { seen = append(seen, "ping "+string(b)) })
	c.OnPong(func(b []byte) {
		seen = append(seen, "pong "+string(b))
		if _, err := c.Receive(-1, false); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("receive within a hook: %v", err)
		}
		if _, err := c.ReadRaw(1); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("read within a hook: %v", err)
		}
		c.Send(wsh.Text("from the hook"), false)
	})
	p.send(masked(0x89, "1"), masked(0x01, "a"), masked(0x8A, "2"), masked(0x80, "b"))
	received(t, c, -1, "ab")
	p.want("Tfrom the hook")
	c.OnPing(nil)
	c.OnPong(nil)
	p.send(masked(0x89, "3"), masked(0x8A, "4"), text("c"))
	received(t, c, -1, "c")
	p.want("pong 3")
	if want := []string{"ping 1", "pong 2"}; !slices.Equal(seen, want) {
		t.Errorf("hooks saw %q, want %q", seen, want)
	}
}

// TestPanicInAHook: the host recovers it; what follows must not hang or lie.
func TestPanicInAHook(t *testing.T) {
	for _, timeout := range []time.Duration{-1, patience} {
		c, p := connect(t, Config{})
		c.OnPing(func([]byte) { panic("hook") })
		p.send(masked(0x01, "a"))
		if timeout >= 0 {
			timedOut(t, c)
		}
		p.send(masked(0x89, ""))
		func() {
			defer func() {
				if r := recover(); r != "hook" {
					t.Errorf("recovered %v", r)
				}
			}()
			c.Receive(timeout, false)
			t.Error("Receive returned")
		}()
		p.send(masked(0x80, "b"))
		if m, err := c.Receive(timeout, false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("got %v %v, want ErrClosed", m, err)
		}
		p.want("close 1011 ", "EOF")
	}
}

func TestTheEndOfTCP(t *testing.T) {
	for _, in := range [][]byte{nil, []byte("\x81"), text("Hello")[:8], masked(0x01, "a")} {
		c, p := connect(t, Config{})
		gone := make(chan struct{})
		c.Gone = func() { close(gone) }
		p.send(in)
		p.nc.Close()
		if m, err := c.Receive(-1, false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("%x: got %v %v, want ErrClosed", in, m, err)
		}
		<-gone
		if _, err := c.Receive(0, false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("%x: got %v, want ErrClosed again", in, err)
		}
		if err := c.Send(wsh.Text("a"), false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("%x: send got %v, want ErrClosed", in, err)
		}
		c.End(1011, "")
		if got := c.Stats().CloseCode; got != 1006 {
			t.Errorf("%x: close code %v, want 1006", in, got)
		}
	}
}
