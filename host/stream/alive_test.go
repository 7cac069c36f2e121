package stream

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

// The clock of these tests is synctest's, which moves when all wait; the pings are those of a default
// wshd.

const (
	pingInterval = 25 * time.Second
	pingTimeout  = 20 * time.Second
)

// kept makes an open connection over a pipe, whose end is told by the context.
func kept(t *testing.T, conf Config) (*Conn, *peer, context.Context) {
	server, client := net.Pipe()
	conf.PingInterval, conf.PingTimeout, conf.Scheduler = pingInterval, pingTimeout, &Scheduler{}
	ctx, cancel := context.WithCancel(t.Context())
	c := New(server, nil, conf)
	c.Gone = cancel
	if err := c.Open(nil); err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, nc: client, br: newReader(client)}
	t.Cleanup(func() {
		client.Close()
		c.Abort()
		if n := conf.Scheduler.waiting(); n > 0 {
			t.Errorf("the scheduler still has %d connections", n)
		}
	})
	return c, p, ctx
}

// waiting is how many connections have a check scheduled.
func (k *Scheduler) waiting() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range k.queue {
		n += len(m.conns)
	}
	return n
}

// answer reads frames until TCP ends, and answers pings as a client must.
func (p *peer) answer() {
	for {
		f, err := p.read()
		if err != nil {
			return
		}
		if f.op == 9 {
			if _, err := p.nc.Write(masked(0x8A, string(f.data))); err != nil {
				return
			}
		}
	}
}

func sleeps(ctx context.Context, c *Conn) { <-ctx.Done() }

func receives(_ context.Context, c *Conn) {
	for {
		if _, err := c.Receive(-1, true); err != nil {
			return
		}
	}
}

func polls(ctx context.Context, c *Conn) {
	for ctx.Err() == nil {
		c.Receive(10*time.Millisecond, true)
		pause(ctx, 40*time.Millisecond)
	}
}

func sends(ctx context.Context, c *Conn) {
	for ctx.Err() == nil {
		c.Send(wsh.Text("tick"), false)
		pause(ctx, time.Second)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

var keptHandlers = []struct {
	name string
	run  func(context.Context, *Conn)
}{{"receives", receives}, {"sleeps", sleeps}, {"only sends", sends}, {"polls", polls}}

func TestSilentClientThatAnswersPingsLives(t *testing.T) {
	for _, h := range keptHandlers {
		t.Run(h.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p, gone := kept(t, Config{})
				go p.answer()
				ctx, cancel := context.WithTimeout(gone, 10*pingInterval)
				defer cancel()
				go h.run(ctx, c)
				<-ctx.Done()
				if gone.Err() != nil {
					t.Errorf("given up: %v", c.broken())
				}
			})
		})
	}
}

func TestClientThatDoesNotAnswerIsGivenUp(t *testing.T) {
	for _, h := range keptHandlers {
		t.Run(h.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p, gone := kept(t, Config{})
				start, pinged := time.Now(), make(chan time.Duration, 1)
				go func() {
					for f, err := p.read(); err == nil; f, err = p.read() {
						if f.op == 9 {
							pinged <- time.Since(start)
						}
					}
				}()
				returned := make(chan struct{})
				go func() {
					h.run(gone, c)
					close(returned)
				}()
				at := <-pinged
				<-gone.Done()
				<-returned
				took := time.Since(start)
				if at < pingInterval/2 || at > pingInterval || took < at+pingTimeout || took > at+pingTimeout+time.Second {
					t.Errorf("pinged after %v, given up after %v; want at most %v and %v more", at, took, pingInterval, pingTimeout)
				}
				c.End(wsh.StatusNormalClosure, "")
				if took := time.Since(start) - took; took > time.Second {
					t.Errorf("ending it took %v", took)
				}
				if code := c.Stats().CloseCode; code != wsh.StatusAbnormalClosure {
					t.Errorf("closed with %d, want 1006", code)
				}
			})
		})
	}
}

func TestAnyByteIsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, gone := kept(t, Config{})
		go receives(gone, c)
		go func() { // reads, and answers nothing
			for _, err := p.read(); err == nil; _, err = p.read() {
			}
		}()
		for _, b := range text(strings.Repeat("x", 100)) { // one message, over half an hour
			p.send([]byte{b})
			time.Sleep(pingTimeout - time.Second)
		}
		if gone.Err() != nil {
			t.Errorf("given up: %v", c.broken())
		}
	})
}

// On a pipe a client whose bytes are not taken waits, with its pongs behind them.
func TestSlowReaderDoesNotLoseItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, gone := kept(t, Config{})
		const n, size = 20, bufSize * 3 / 4
		out := make(chan []byte, 2*n)
		go func() {
			for b := range out {
				p.nc.Write(b)
			}
		}()
		for range n {
			out <- text(strings.Repeat("x", size))
		}
		go func() {
			defer close(out)
			for f, err := p.read(); err == nil; f, err = p.read() {
				if f.op == 9 {
					out <- masked(0x8A, string(f.data))
				}
			}
		}()
		for range n {
			time.Sleep(3 * (pingInterval + pingTimeout))
			received(t, c, -1, strings.Repeat("x", size))
		}
		if gone.Err() != nil {
			t.Errorf("given up: %v", c.broken())
		}
	})
}

// sipping is a client's connection that takes a byte now and then.
type sipping struct{ net.Conn }

func (s sipping) Read(p []byte) (int, error) {
	time.Sleep(15 * time.Second)
	return s.Conn.Read(p[:1])
}

// A ping of the host's takes a slow client longer than it has time for the answer.
func TestSlowClientIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, gone := kept(t, Config{})
		p.br = newReader(sipping{p.nc})
		var reading sync.WaitGroup
		reading.Go(p.answer)
		defer reading.Wait()
		defer p.nc.Close()
		for range 20 {
			if err := c.Send(wsh.Text(strings.Repeat("x", 20)), false); err != nil {
				t.Fatal(err)
			}
			pause(gone, 2*pingInterval)
		}
	})
}

func TestHandlerIsNotToldOfAnswersToTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, gone := kept(t, Config{})
		pongs := make(chan string, 1)
		c.OnPong(func(b []byte) { pongs <- string(b) })
		go p.answer()
		go receives(gone, c)
		time.Sleep(5 * pingInterval)
		p.send(masked(0x8A, "mine"))
		if got := <-pongs; got != "mine" {
			t.Errorf("the hook was told %q", got)
		}
	})
}

// TestClientThatLeftIsNoticedBehindAFullBuffer needs a real socket: the end of TCP stands behind what
// nobody reads.
func TestClientThatLeftIsNoticedBehindAFullBuffer(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{PingInterval: 400 * time.Millisecond, Scheduler: &Scheduler{}})
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	p.send(text(strings.Repeat("x", 2*bufSize)))
	p.nc.Close()
	<-gone
	received(t, c, -1, strings.Repeat("x", 2*bufSize))
}
