package stream

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

// A connection whose handler is busy: nobody receives until the test does.

func TestBusyHandlerStillAnswersPings(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{})
	p.send(masked(0x89, "1"))
	p.want("pong 1")
	p.send(masked(0x89, "2"), text("a"), masked(0x89, "3")) // the third stands behind a message
	p.want("pong 2")
	received(t, c, -1, "a")
	p.send(text("b"))
	received(t, c, -1, "b")
	p.want("pong 3")
	p.send(masked(0x89, "4"))
	p.want("pong 4")
}

func TestBusyHandlerLearnsThatTheClientIsGone(t *testing.T) {
	t.Parallel() // it waits
	for _, test := range []struct {
		name string
		in   []byte
		want []error
	}{
		{"end of TCP", nil, []error{wsh.ErrClosed}},
		{"end of TCP behind a message", text("a"), []error{nil, wsh.ErrClosed}},
		{"end of TCP within a message", masked(1, "a"), []error{wsh.ErrClosed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, p := connect(t, Config{})
			gone := make(chan struct{})
			c.Gone = func() { close(gone) } // twice would panic
			p.send(test.in)
			p.nc.Close()
			<-gone
			for _, want := range test.want {
				if _, err := c.Receive(-1, false); !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
		})
	}
}

func TestCloseWhileBusyIsAnsweredByTheNextReceive(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{})
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	asked := make(chan string, 1)
	c.Passive = func(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
		asked <- code.String() + " " + reason
		return 4000, "late", nil
	}
	p.send(closing8(3333, "sun"))
	<-gone
	select {
	case <-asked:
		t.Error("the hook was called outside Receive")
	default:
	}
	if !c.ClientClosed() || c.ServerClosed() {
		t.Errorf("client closed %v, server closed %v, want true and false", c.ClientClosed(), c.ServerClosed())
	}
	if err := c.Send(wsh.Text("still open"), false); err != nil {
		t.Errorf("send before the answer: %v", err)
	}
	for range 2 {
		if _, err := c.Receive(-1, false); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want EOF", err)
		}
	}
	if got := <-asked; got != "3333 sun" {
		t.Errorf("the hook was told %q", got)
	}
	p.want("Tstill open", "close 4000 late")
	p.nc.Close()
	c.End(1000, "")
}

func TestCloseWhileBusyIsAnsweredByEnd(t *testing.T) {
	t.Parallel() // it waits
	for _, test := range []struct {
		name    string
		passive func(wsh.StatusCode, string) (wsh.StatusCode, string, error)
		want    string
		err     error
	}{
		{"no hook", nil, "close 1000 ", nil},
		{"hook", func(wsh.StatusCode, string) (wsh.StatusCode, string, error) { return 4000, "x", nil }, "close 4000 x", nil},
		{"empty", func(wsh.StatusCode, string) (wsh.StatusCode, string, error) { return 0, "", nil }, "close ", nil},
		{"abort", func(wsh.StatusCode, string) (wsh.StatusCode, string, error) { return 0, "", wsh.ErrAborted }, "EOF", wsh.ErrAborted},
		{"error", func(wsh.StatusCode, string) (wsh.StatusCode, string, error) { return 0, "", io.ErrNoProgress }, "close 1011 ", io.ErrNoProgress},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, p := connect(t, Config{})
			c.Passive = test.passive
			gone := make(chan struct{})
			c.Gone = func() { close(gone) }
			p.send(masked(0x88, ""))
			<-gone
			ended := make(chan error, 1)
			go func() { ended <- c.End(1001, "not this") }()
			p.want(test.want)
			p.nc.Close()
			if err := <-ended; !errors.Is(err, test.err) {
				t.Errorf("End returned %v, want %v", err, test.err)
			}
		})
	}
}

func TestBrokenFrameWhileBusy(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{})
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	p.send([]byte("\x81\x00"))
	<-gone
	p.want("close 1002 ", "EOF")
	if _, err := c.Receive(-1, false); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestFramesWaitForTheirHooks(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{})
	pings := make(chan string, 1)
	c.OnPing(func(b []byte) { pings <- string(b) })
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	p.send(masked(0x89, "1"), text("a"))
	p.nc.Close()
	<-gone // the background reader has read it all
	select {
	case <-pings:
		t.Error("the hook was called outside Receive")
	default:
	}
	received(t, c, -1, "a")
	if got := <-pings; got != "1" {
		t.Errorf("the hook was told %q", got)
	}
}

// TestBusyHandlerIsBackPressure: on a pipe nothing is buffered but by the connection itself.
func TestBusyHandlerIsBackPressure(t *testing.T) {
	t.Parallel() // it waits
	server, client := pipe(t)
	c, p := open(t, server, client, Config{})
	big := text(strings.Repeat("x", 3*bufSize))
	if n, err := client.Write(big[:bufSize]); err != nil {
		t.Fatalf("wrote %d: %v", n, err)
	}
	client.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := client.Write(big[bufSize:]); err == nil || n > 0 {
		t.Errorf("a busy connection took %d bytes more than one buffer, %v", n, err)
	}
	client.SetWriteDeadline(time.Now().Add(patience))
	go p.send(big[bufSize:])
	received(t, c, -1, strings.Repeat("x", 3*bufSize))
}

func TestBackgroundReaderAndReceiveInTurns(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{})
	for i := range 20 {
		timedOut(t, c) // its deadline must not end the background reader
		p.send(masked(0x89, "busy"))
		p.want("pong busy")
		go p.send(masked(0x89, "in turn"), text("a"))
		received(t, c, []time.Duration{-1, patience}[i%2], "a")
		p.want("pong in turn")
	}
}

// The checks of connections that share a Scheduler run together, and connections that have ended are not in it.
func TestConnectionsAreCheckedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conf := Config{Scheduler: &Scheduler{}}
		var conns []*Conn
		var clients []*peer
		for range 3 {
			server, client := net.Pipe()
			c := New(server, nil, conf)
			if err := c.Open(nil); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, c)
			clients = append(clients, &peer{t: t, nc: client, br: newReader(client)})
		}
		for _, p := range clients {
			p.send(masked(0x89, "anybody"))
			p.want("pong anybody")
		}
		for i, p := range clients {
			p.nc.Close()
			conns[i].Abort()
		}
		<-time.After(3 * backgroundAfter) // the bubble's own time
		if n := conf.Scheduler.waiting(); n != 0 {
			t.Errorf("%d connections are still looked at", n)
		}
	})
}

// What comes before the 101 is read, so that the client's leaving is noticed, and is frames after it.
func TestFramesThatComeBeforeOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		c, p := New(server, nil, Config{}), &peer{t: t, nc: client, br: newReader(client)}
		defer c.Abort()
		defer client.Close()
		c.ReadInBackground()
		p.send(masked(0x89, "early"), text("a")) // on a pipe: somebody has read it
		go c.Open([]byte("\x82\x03101"))
		p.want("B101", "pong early")
		received(t, c, -1, "a")
	})
}

func TestLeavingBeforeOpenIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		c, p := New(server, nil, Config{}), &peer{t: t, nc: client, br: newReader(client)}
		defer c.Abort()
		gone := make(chan struct{})
		c.Gone = func() { close(gone) }
		c.ReadInBackground()
		p.send([]byte("raw bytes"))
		if b, err := c.ReadRaw(4); err != nil || string(b) != "raw " {
			t.Errorf("got %q %v, want what has been read by the watcher", b, err)
		}
		client.Close()
		<-gone
		if b, err := c.ReadRaw(5); err != nil || string(b) != "bytes" {
			t.Errorf("got %q %v, want the rest", b, err)
		}
		if _, err := c.ReadRaw(1); err != io.EOF {
			t.Errorf("got %v, want EOF", err)
		}
	})
}
