package stream

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

func outgoing(s string) *wsh.Outgoing { return wsh.NewOutgoing(wsh.Text(s)) }

func TestAnOfferIsSentAtOnce(t *testing.T) {
	c, p := connect(t, Config{})
	if c.raw == nil {
		t.Skip("this system has no sockets that can be written without waiting")
	}
	for _, s := range []string{"1", "", strings.Repeat("x", 300)} {
		if !Offer(outgoing(s), c) {
			t.Fatalf("%.10q was refused by a client that reads", s)
		}
	}
	p.want("T1", "T", "T300 bytes")
	if got := c.Stats(); got.MessagesOut != 3 || got.BytesOut != 301 {
		t.Errorf("got %+v, want 3 messages of 301 bytes", got)
	}
}

func TestAnOfferDoesNotWait(t *testing.T) {
	c, p := connect(t, Config{})
	if c.raw == nil {
		t.Skip("this system has no sockets that can be written without waiting")
	}
	refused := func(when string) {
		t.Helper()
		if Offer(outgoing("no"), c) {
			t.Errorf("%s: sent", when)
		}
	}
	c.out.writing.lock()
	refused("while another writes")
	c.out.writing.unlock()
	if err := c.SendFragment(wsh.Text("be"), false); err != nil {
		t.Fatal(err)
	}
	refused("within a message")
	if err := c.SendFragment(wsh.Text("gun"), true); err != nil {
		t.Fatal(err)
	}
	if !Offer(outgoing("yes"), c) {
		t.Error("refused after a message")
	}
	p.want("-Tbe", "+gun", "Tyes")
	if err := c.Close(1000, "", false); err != nil {
		t.Fatal(err)
	}
	refused("after the Close frame")
	p.want("close 1000 ")
	early := New(c.nc, nil, Config{})
	if Offer(outgoing("no"), early) {
		t.Error("before the 101: sent")
	}
}

// A client that does not read is offered messages until one is refused. What was taken arrives, in order
// and whole, also the one that TCP had room for only in part, and then what was refused.
func TestOffersToAClientThatDoesNotReadAreKeptInOrder(t *testing.T) {
	c, p := connect(t, Config{})
	if c.raw == nil {
		t.Skip("this system has no sockets that can be written without waiting")
	}
	message := func(i int) string { return fmt.Sprint(i, strings.Repeat("x", 10_007)) }
	n := 0
	for Offer(outgoing(message(n)), c) {
		n++
	}
	refused := make(chan error, 1)
	go func() { refused <- c.Deliver(outgoing(message(n)), false) }()
	for i := range n + 1 {
		f, err := p.read()
		if err != nil || string(f.data) != message(i) {
			t.Fatalf("message %d of %d: got %v %v", i, n, f, err)
		}
	}
	if err := <-refused; err != nil {
		t.Error(err)
	}
	for !Offer(outgoing("again"), c) { // once the goroutine that wrote the rest has gone
		runtime.Gosched()
	}
	p.want("Tagain")
}

// Nobody sends anything more, and what TCP had room for only in part arrives all the same.
func TestTheRestOfAnOfferIsSent(t *testing.T) {
	c, p := connect(t, Config{})
	if c.raw == nil {
		t.Skip("this system has no sockets that can be written without waiting")
	}
	if err := c.nc.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	message := strings.Repeat("x", maxWrite-protocol.MaxHeader)
	n := 0
	for Offer(outgoing(message), c) {
		n++
	}
	for range n {
		p.want(fmt.Sprintf("T%d bytes", len(message)))
	}
}

func TestAnOfferDoesNotOvertakeWhatIsUnsent(t *testing.T) {
	c, p := connect(t, Config{})
	c.ahead.Store(true)
	c.out.flushing = true // nobody does but who comes next
	if err := c.Send(wsh.Text("unsent"), false); err != nil {
		t.Fatal(err)
	}
	if Offer(outgoing("no"), c) {
		t.Error("sent")
	}
	c.ahead.Store(false)
	if err := c.Deliver(outgoing("behind"), false); err != nil {
		t.Fatal(err)
	}
	p.want("Tunsent", "Tbehind")
}

func TestAnOfferToABrokenConnectionIsLeftToDeliver(t *testing.T) {
	c, _ := connect(t, Config{})
	c.fail(errAborted)
	if Offer(outgoing("x"), c) {
		t.Error("sent")
	}
	if err := c.Deliver(outgoing("x"), false); !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

// What is published is compressed once for all, and a client with context takeover reads it between
// messages that refer to each other.
func TestADeliveryIsCompressedOnce(t *testing.T) {
	hello := outgoing(strings.Repeat("hello ", 20))
	for _, offer := range []wsh.Extension{pmd, with("server_no_context_takeover")} {
		t.Run(offer.String(), func(t *testing.T) {
			c, p := connect(t, deflateConf, offer)
			var z zclient
			want := func(text string) {
				t.Helper()
				f, err := p.read()
				if err != nil || !f.rsv1 {
					t.Fatalf("got %v %v, want a compressed message", f, err)
				}
				if c.ext.serverFresh {
					z.in = nil
				}
				if got := z.inflate(t, f.data); got != text {
					t.Fatalf("got %q, want %q", got, text)
				}
			}
			for range 2 {
				for _, s := range []string{"hello once", "hello once more"} {
					if err := c.Send(wsh.Text(s), false); err != nil {
						t.Fatal(err)
					}
					want(s)
				}
				if err := c.Deliver(hello, false); err != nil {
					t.Fatal(err)
				}
				want(hello.Text())
				if c.out.deflate != nil {
					t.Error("a compressor is kept whose window is not the client's")
				}
				for !Offer(hello, c) {
					runtime.Gosched()
				}
				want(hello.Text())
			}
		})
	}
	hello.Deflated(func(wsh.Message) []byte {
		t.Error("it was compressed for each")
		return nil
	})
}

func TestADeliveryBelowTheThresholdIsNotCompressed(t *testing.T) {
	conf := deflateConf
	conf.Threshold = 6
	c, p := connect(t, conf, pmd)
	for _, s := range []string{"short", "longer"} {
		if err := c.Deliver(outgoing(s), false); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := p.read(); err != nil || f.String() != "Tshort" {
		t.Errorf("got %v %v, want Tshort", f, err)
	}
	if f, err := p.read(); err != nil || !f.rsv1 {
		t.Errorf("got %v %v, want it compressed", f, err)
	}
}

func TestAnOfferIsLeftToDeliver(t *testing.T) {
	for _, to := range []struct {
		name string
		to   func(c *Conn) wsh.Stream
		size int
	}{
		{"when its socket is closed", func(c *Conn) wsh.Stream { c.nc.Close(); return c }, 1},
		{"when it is too large for one write", func(c *Conn) wsh.Stream { return c }, maxWrite},
		{"when the stream is another's", func(c *Conn) wsh.Stream { return struct{ wsh.Stream }{c} }, 1},
	} {
		t.Run(to.name, func(t *testing.T) {
			c, _ := connect(t, Config{})
			if Offer(wsh.NewOutgoing(wsh.Binary(make([]byte, to.size))), to.to(c)) {
				t.Error("sent")
			}
		})
	}
}
