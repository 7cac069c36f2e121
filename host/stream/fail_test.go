package stream

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

func TestFail(t *testing.T) {
	c, p := connect(t, Config{})
	gone := make(chan struct{})
	c.Gone = func() { close(gone) }
	receiving := make(chan struct{})
	c.OnPong(func([]byte) { close(receiving) })
	result := serve(c, echo)
	p.send(masked(0x8A, ""))
	<-receiving
	c.Fail(1013, "slow")
	p.want("close 1013 slow")
	<-gone
	p.send(closing8(1013, ""))
	p.want("EOF")
	p.nc.Close()
	if err := <-result; !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("the handler got %v, want ErrClosed", err)
	}
	if err := c.Send(wsh.Text("a"), false); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("send: %v, want ErrClosed", err)
	}
	if got := c.Stats().CloseCode; got != 1013 {
		t.Errorf("close code %v, want 1013", got)
	}
	c.Fail(1001, "")
}

func TestFailWithABlockedSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock moves only while all wait
		server, client := net.Pipe()
		defer client.Close()
		c := New(server, nil, Config{})
		c.Open(nil)
		blocked, waiting := make(chan error, 1), make(chan error, 1)
		go func() { blocked <- c.Send(wsh.Text("nobody reads"), false) }()
		synctest.Wait()
		go func() { waiting <- c.Deliver(wsh.NewOutgoing(wsh.Text("nor this")), false) }()
		synctest.Wait()
		begin := time.Now()
		c.Fail(1001, "")
		if err := <-waiting; !errors.Is(err, wsh.ErrClosed) || time.Since(begin) > 0 {
			t.Errorf("Deliver: %v after %v, want ErrClosed at once", err, time.Since(begin))
		}
		if err := <-blocked; !errors.Is(err, wsh.ErrClosed) || time.Since(begin) != c.conf.CloseTimeout {
			t.Errorf("Send: %v after %v, want ErrClosed after CloseTimeout", err, time.Since(begin))
		}
		c.End(1000, "")
	})
}

func TestFailBeforeOpen(t *testing.T) {
	server, client := sockets(t)
	c := New(server, nil, Config{})
	p := &peer{t: t, nc: client, br: newReader(client)}
	c.Fail(1001, "")
	p.want("EOF")
	client.Close()
	if err := c.Open(nil); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("Open: %v, want ErrClosed", err)
	}
	c.End(1000, "")
}

func TestFailAfterTheHandlerClosed(t *testing.T) {
	c, p := connect(t, Config{})
	c.Close(1000, "", false)
	c.Fail(1001, "")
	p.want("close 1000 ", "EOF")
	p.nc.Close()
	c.End(1000, "")
}

func TestAbort(t *testing.T) {
	c, p := connect(t, Config{})
	result := serve(c, echo)
	p.send(text("a"))
	p.want("Ta")
	go c.Abort()
	p.want("EOF")
	p.nc.Close()
	if err := <-result; !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestAbortDuringEnd(t *testing.T) {
	c, p := connect(t, Config{}) // whose End would wait long for the answer
	ended := make(chan struct{})
	go func() {
		c.End(1000, "")
		close(ended)
	}()
	p.want("close 1000 ")
	c.Abort()
	<-ended
}

func TestDoesNotAnswerTwice(t *testing.T) {
	c, p := connect(t, Config{})
	result := serve(c, func(c *Conn) error {
		c.Receive(-1, false)
		c.Receive(-1, false)
		return nil
	})
	p.send(closing8(1000, ""))
	p.want("close 1000 ", "EOF")
	p.nc.Close()
	<-result
}

// TestAllAtOnce: one receives while many send, deliver, ping and in the end fail.
func TestAllAtOnce(t *testing.T) {
	for _, offers := range [][]wsh.Extension{nil, {pmd}} {
		c, p := connect(t, deflateConf, offers...)
		result := serve(c, echo)
		var senders sync.WaitGroup
		for i := range 4 {
			senders.Go(func() {
				for n := range 200 {
					text := wsh.Text(fmt.Sprintf("sender %d message %d", i, n))
					switch n % 4 {
					case 0, 1:
						c.Deliver(wsh.NewOutgoing(text), false)
					case 2:
						c.SendPing([]byte("p"))
					case 3:
						if i == 0 { // fragments are one goroutine's
							c.SendFragment(wsh.Text("begin "), false)
							c.SendFragment(wsh.Text("end"), true)
						}
					}
				}
			})
		}
		go func() {
			for range 200 {
				if _, err := p.nc.Write(join(masked(0x89, "x"), masked(0x8A, ""))); err != nil {
					return
				}
			}
		}()
		finished := make(chan struct{})
		go func() {
			senders.Wait()
			c.Fail(1001, "over")
			close(finished)
		}()
		delivered, begins := untilClosed(t, p)
		<-finished
		p.nc.Close()
		<-result
		if delivered != 400 || begins != 50 {
			t.Errorf("%d delivered, %d in fragments, want 400 and 50", delivered, begins)
		}
	}
}

// untilClosed counts the whole messages and those in fragments, which must not be within each other.
func untilClosed(t *testing.T, p *peer) (whole, begins int) {
	t.Helper()
	begun := false
	for {
		f, err := p.read()
		if err != nil {
			t.Fatalf("client: %v", err)
		}
		switch {
		case f.op == 8:
			return whole, begins
		case f.op > 8:
			continue
		case begun && f.op != 0, !begun && f.op == 0:
			t.Fatalf("frame %v: a message is under way: %v", f, begun)
		case f.op == 1 && f.fin:
			whole++
		case f.op == 1:
			begins++
		}
		begun = !f.fin
	}
}

func TestTLS(t *testing.T) {
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	defer certs.Close()
	server, client := sockets(t)
	s := tls.Server(server, &tls.Config{Certificates: certs.TLS.Certificates})
	k := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	shook := make(chan error, 1)
	go func() { shook <- s.Handshake() }()
	if err := k.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shook; err != nil {
		t.Fatal(err)
	}
	c, p := open(t, s, k, Config{})
	p.send(masked(0x89, "busy")) // a watcher is interrupted here, too
	p.want("pong busy")
	timedOut(t, c)
	result := serve(c, echo)
	p.send(bytesOf(1_000_000))
	p.want("B999986 bytes")
	p.send(closing8(1000, ""))
	p.want("close 1000 ", "EOF")
	k.Close()
	<-result
}

func TestUnixSocket(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client.SetDeadline(time.Now().Add(patience))
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, p := open(t, server, client, Config{})
	result := serve(c, echo)
	p.send(bytesOf(100_000), closing8(1000, ""))
	p.want("B99986 bytes", "close 1000 ", "EOF")
	client.Close()
	<-result
}

// A client that writes all of its message before it reads is told that it was too big, and not that the
// connection was reset.
func TestTooBigIsToldToAClientThatReadsAfterwards(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []byte
	}{
		{"a frame of 16 MiB", bytesOf(16 << 20)},
		{"fragments of 100 bytes", fragments(0x82, 16<<20/100, strings.Repeat("x", 100))},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, p := connect(t, Config{})
			result := serve(c, echo)
			p.send(test.in)
			p.want("close 1009 …", "EOF")
			p.nc.Close()
			<-result
		})
	}
}
