package stream

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"wshd/plugins/wsh"
)

// counting counts the writes to a connection.
type counting struct {
	net.Conn
	writes atomic.Int64
}

func (c *counting) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// burst makes an open connection on which the client's frames have all come. alone keeps what is unsent
// from being written by anybody but the handler.
func burst(t *testing.T, alone bool, frames ...[]byte) (*Conn, *peer, *counting) {
	server, client := sockets(t)
	w := &counting{Conn: server}
	c := New(w, slices.Concat(frames...), Config{CloseTimeout: patience})
	if err := c.Open(nil); err != nil {
		t.Fatal(err)
	}
	c.out.flushing = alone
	t.Cleanup(func() {
		client.Close()
		c.Abort()
	})
	return c, &peer{t: t, nc: client, br: newReader(client)}, w
}

func TestAnswersToMessagesThatCameTogetherGoOutTogether(t *testing.T) {
	c, p, w := burst(t, true, text("1"), text("2"), masked(0x89, "ping"), text("3"), text("4"))
	result := serve(c, echo)
	p.want("T1", "T2", "pong ping", "T3", "T4")
	p.send(closing8(1000, ""))
	p.want("close 1000 ", "EOF")
	if err := <-result; err == nil {
		t.Error("got no error, want io.EOF")
	}
	// 1 and 2 with the pong, 3 with 4, the Close frame.
	if n := w.writes.Load(); n != 3 {
		t.Errorf("got %d writes, want 3", n)
	}
}

func TestWhatIsSentGoesOutWhateverTheHandlerDoesNext(t *testing.T) {
	var spinning atomic.Bool
	seen := make(chan struct{})
	saw := func() { spinning.Store(true); close(seen) }
	for _, test := range []struct {
		name string
		next func(c *Conn) error
	}{
		{"wait", func(*Conn) error { <-seen; return wsh.ErrAborted }},
		{"spin", func(*Conn) error {
			for !spinning.Load() {
			}
			return wsh.ErrAborted
		}},
		{"abort", func(*Conn) error { return wsh.ErrAborted }},
		{"fail", func(c *Conn) error { c.Fail(wsh.StatusGoingAway, ""); return wsh.ErrAborted }},
		{"close", func(c *Conn) error { return c.Close(wsh.StatusGoingAway, "", false) }},
		{"return", func(*Conn) error { return errors.New("over") }},
	} {
		for _, fragments := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				spinning.Store(false)
				seen = make(chan struct{})
				// What follows is whole, so the answer stays unsent; but it gives Receive nothing.
				c, p, _ := burst(t, false, text("ask"), masked(0x01, "begun"))
				result := serve(c, func(c *Conn) error {
					if _, err := c.Receive(-1, false); err != nil {
						return err
					}
					var err error
					if fragments {
						err = errors.Join(c.SendFragment(wsh.Text("ans"), false), c.SendFragment(wsh.Text("wer"), true))
					} else {
						err = c.Send(wsh.Text("answer"), false)
					}
					return errors.Join(err, test.next(c))
				})
				if fragments {
					p.want("-Tans", "+wer")
				} else {
					p.want("Tanswer")
				}
				saw()
				p.nc.Close()
				<-result
			})
		}
	}
}

func TestWhatIsUnsentGoesOutWhenTheClientEndsTCP(t *testing.T) {
	c, p, _ := burst(t, false, text("ask"), masked(0x01, "begun"))
	p.nc.(*net.TCPConn).CloseWrite()
	seen := make(chan struct{})
	result := serve(c, func(c *Conn) error {
		if _, err := c.Receive(-1, false); err != nil {
			return err
		}
		if err := c.Send(wsh.Text("answer"), false); err != nil {
			return err
		}
		_, err := c.Receive(-1, false)
		<-seen
		return err
	})
	p.want("Tanswer")
	close(seen)
	if err := <-result; !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestOnlySoMuchStaysUnsent(t *testing.T) {
	c, p, w := burst(t, true, text("ask"), text("more"))
	if _, err := c.Receive(-1, false); err != nil {
		t.Fatal(err)
	}
	kib := wsh.Text(strings.Repeat("x", 1<<10))
	for range 17 {
		if err := c.Send(kib, false); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.writes.Load(); n != 1 {
		t.Errorf("17 KiB made %d writes, want 1 and the rest unsent", n)
	}
	big := wsh.Text(strings.Repeat("x", maxCopy+1)) // is not copied
	if err := c.Send(big, false); err != nil {
		t.Fatal(err)
	}
	for range 17 {
		p.want("T1024 bytes")
	}
	p.want("T32769 bytes")
}

func TestDeliveriesGoOutTogether(t *testing.T) {
	c, p, w := burst(t, true)
	for i, s := range []string{"1", "2", "3"} {
		if err := c.Deliver(wsh.NewOutgoing(wsh.Text(s)), i < 2); err != nil {
			t.Fatal(err)
		}
	}
	p.want("T1", "T2", "T3")
	if n := w.writes.Load(); n != 1 {
		t.Errorf("got %d writes, want 1", n)
	}
}

func TestADeliveryDoesNotWaitForTheNext(t *testing.T) {
	c, p, _ := burst(t, false)
	if err := c.Deliver(wsh.NewOutgoing(wsh.Text("1")), true); err != nil {
		t.Fatal(err)
	}
	p.want("T1")
}

func TestAnUnsentFrameThatIsLostIsToldToTheNextSend(t *testing.T) {
	c, _, w := burst(t, true, text("ask"), text("more"))
	if _, err := c.Receive(-1, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(wsh.Text("unsent"), false); err != nil {
		t.Fatal(err)
	}
	w.Conn.Close()
	big := wsh.Text(strings.Repeat("x", maxUnsent))
	for range 2 {
		if err := c.Send(big, false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}
