package stream

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

func TestSend(t *testing.T) {
	c, p := connect(t, Config{})
	for _, n := range []int{0, 125, 126, 4096, maxCopy - 1, maxCopy, maxCopy + 1, 65535, 65536, 1 << 20} {
		go func() {
			if err := c.Send(wsh.Binary([]byte(strings.Repeat("x", n))), false); err != nil {
				t.Error(err)
			}
		}()
		f, err := p.read()
		if err != nil || !f.fin || f.op != 2 || string(f.data) != strings.Repeat("x", n) {
			t.Fatalf("%d bytes: got %v %v", n, f, err)
		}
	}
}

func TestOwnFragments(t *testing.T) {
	c, p := connect(t, Config{})
	for _, m := range []string{"漢"[:1], "漢"[1:], ""} {
		if err := c.SendFragment(wsh.Text(m), false); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []wsh.Message{wsh.Binary(nil), wsh.Text("\xff")} {
		if err := c.SendFragment(bad, true); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("%v: got %v, want ErrBadOperation", bad, err)
		}
	}
	c.SendPing([]byte("within"))
	if err := c.SendFragment(wsh.Text("字"), true); err != nil {
		t.Fatal(err)
	}
	c.Send(wsh.Binary([]byte("\xff")), false)
	p.want("-T\xe6", "-+\xbc\xa2", "-+", "ping within", "+字", "B\xff")
	if got := c.Stats(); got.MessagesOut != 2 || got.BytesOut != 7 {
		t.Errorf("stats %+v", got)
	}
}

// Whole messages are not glued into one of fragments: they are refused, or wait.
func TestWholeMessagesWithinFragments(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(c *Conn)
		want string
		err  error // of those that wait
	}{
		{"that end", func(c *Conn) { c.SendFragment(wsh.Text("end"), true) }, "+end", nil},
		{"cut by a Close", func(c *Conn) { c.Close(1001, "", false) }, "close 1001 ", wsh.ErrBadOperation},
		{"cut by the host", func(c *Conn) { c.Fail(1001, "") }, "close 1001 ", wsh.ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p, _ := kept(t, Config{})
				go c.SendFragment(wsh.Text("begin"), false)
				p.want("-Tbegin")
				for _, m := range []wsh.Message{wsh.Text("no"), wsh.Binary([]byte("no")), wsh.Text("")} {
					if err := c.Send(m, false); !errors.Is(err, wsh.ErrBadOperation) || !strings.Contains(err.Error(), "SendFragment(m, true)") {
						t.Errorf("got %v, want ErrBadOperation that says what to do", err)
					}
				}
				waited := make(chan error, 1)
				go func() { waited <- c.Send(wsh.Text("waits"), true) }()
				synctest.Wait()
				go test.end(c)
				p.want(test.want)
				if test.err == nil {
					p.want("Twaits")
				}
				if err := <-waited; !errors.Is(err, test.err) {
					t.Errorf("got %v, want %v", err, test.err)
				}
			})
		})
	}
}

func TestTextMustBeUTF8(t *testing.T) {
	c, p := connect(t, Config{})
	if err := c.Send(wsh.Text("\xff"), false); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
	c.SendFragment(wsh.Text("漢"[:1]), false)
	if err := c.SendFragment(wsh.Text(""), true); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("cut: got %v, want ErrBadOperation", err)
	}
	c.Close(1011, "", false)
	p.want("-T\xe6", "close 1011 ")
}

func TestPingsAndRawBytes(t *testing.T) {
	c, p := connect(t, Config{})
	if err := c.SendPing([]byte(strings.Repeat("a", 126))); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
	c.SendPing([]byte(strings.Repeat("a", 125)))
	c.WriteRaw([]byte("\x81\x03raw"))
	p.want("ping 125 bytes", "Traw")
	p.send([]byte("raw bytes"), text("a"), []byte("rest"))
	for _, want := range []string{"raw ", "bytes", ""} {
		if b, err := c.ReadRaw(len(want)); err != nil || string(b) != want {
			t.Errorf("got %q %v, want %q", b, err, want)
		}
	}
	received(t, c, -1, "a")
	p.nc.(*net.TCPConn).CloseWrite()
	if b, err := c.ReadRaw(5); string(b) != "rest" || err == nil || err.Error() != "unexpected EOF" {
		t.Errorf("got %q %v, want what there was", b, err)
	}
	if b, err := c.ReadRaw(1); len(b) > 0 || err == nil || err.Error() != "EOF" {
		t.Errorf("got %q %v, want EOF", b, err)
	}
}

func TestReadRawWithinAMessage(t *testing.T) {
	c, p := connect(t, Config{})
	p.send(text("Hello")[:8])
	timedOut(t, c)
	if _, err := c.ReadRaw(1); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
	if _, err := c.ReadRaw(-1); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
}

func TestRawBeforeOpen(t *testing.T) {
	server, client := sockets(t)
	c := New(server, []byte("ab"), Config{})
	defer c.Abort()
	client.Write([]byte("cd"))
	if b, err := c.ReadRaw(4); err != nil || string(b) != "abcd" {
		t.Errorf("got %q %v", b, err)
	}
	c.WriteRaw([]byte("answer"))
	b := make([]byte, 6)
	if _, err := client.Read(b); err != nil || string(b) != "answer" {
		t.Errorf("got %q %v", b, err)
	}
	client.Close()
}

func TestDeliverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		p := &peer{t: t, nc: client, br: newReader(client)}
		c := New(server, nil, Config{})
		defer c.Abort()
		defer client.Close()
		delivered := make(chan error, 2)
		deliver := func(s string) {
			go func() { delivered <- c.Deliver(wsh.NewOutgoing(wsh.Text(s)), false) }()
			synctest.Wait() // until it waits
		}
		deliver("early")
		go c.Open([]byte("\x82\x03101"))
		p.want("B101", "Tearly")
		if err := <-delivered; err != nil {
			t.Error(err)
		}
		go c.SendFragment(wsh.Text("be"), false)
		p.want("-Tbe")
		deliver("between")
		go c.SendFragment(wsh.Text("gun"), true)
		p.want("+gun", "Tbetween")
		if err := <-delivered; err != nil {
			t.Error(err)
		}
		go c.SendFragment(wsh.Text("never ended"), false)
		p.want("-Tnever ended")
		deliver("never")
		go c.Fail(1001, "")
		p.want("close 1001 ")
		if err := <-delivered; !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}

func TestDeadClientEndsASend(t *testing.T) {
	t.Parallel() // it waits
	c, _ := connect(t, Config{WriteTimeout: 50 * time.Millisecond})
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	for {
		if err := c.Send(wsh.Binary(make([]byte, 1<<20)), false); err != nil {
			if !errors.Is(err, wsh.ErrClosed) || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want ErrClosed", err)
			}
			break
		}
	}
	<-gone
	if _, err := c.Receive(-1, false); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

// slow is a connection whose writes take only a little before their deadline strikes.
type slow struct {
	net.Conn
	took, writes int
}

func (s *slow) Write(p []byte) (int, error) {
	n := min(len(p), 1000)
	s.took += n
	s.writes++
	if n < len(p) {
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

func TestSlowClientHasTimeAsLongAsItReads(t *testing.T) {
	server, client := pipe(t)
	s := &slow{Conn: server}
	c, _ := open(t, s, client, Config{})
	if err := c.Send(wsh.Binary(make([]byte, 99_990)), false); err != nil {
		t.Fatal(err)
	}
	if s.took != 100_000 || s.writes < 100 {
		t.Errorf("%d bytes in %d writes", s.took, s.writes)
	}
}

// TestPingFloodOfAClientThatDoesNotRead: a pipe holds nothing, so that no pong can go out. What
// comes behind the pings must be received all the same, and the latest is answered.
func TestPingFloodOfAClientThatDoesNotRead(t *testing.T) {
	server, client := pipe(t)
	c, p := open(t, server, client, Config{})
	go func() {
		for range 1000 {
			p.send(masked(0x89, "flood"))
		}
		p.send(masked(0x89, "last"), text("a"))
	}()
	received(t, c, -1, "a")
	p.want("pong flood", "pong last")
}

func TestPongDoesNotWaitBehindASend(t *testing.T) {
	server, client := pipe(t)
	c, p := open(t, server, client, Config{})
	sent := make(chan error, 1)
	go func() { sent <- c.Send(wsh.Text("blocked"), false) }()
	go p.send(masked(0x89, "p"), text("a"))
	received(t, c, -1, "a")
	// Which of the two came first is open.
	got := map[string]bool{}
	for range 2 {
		f, err := p.read()
		if err != nil {
			t.Fatal(err)
		}
		got[f.String()] = true
	}
	if !got["Tblocked"] || !got["pong p"] {
		t.Errorf("got %v", got)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
