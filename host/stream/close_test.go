package stream

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestCloseCodes(t *testing.T) {
	for _, test := range []struct {
		code   wsh.StatusCode
		reason string
		want   string
		log    wsh.StatusCode
	}{
		{1000, "x", "close 1000 x", 1000},
		{4999, "", "close 4999 ", 4999},
		{2999, "", "close 2999 ", 2999},
		{0, "", "close ", 1005},
		{999, "x", "close 1011 ", 1011},
		{1005, "", "close 1011 ", 1011},
		{1006, "", "close 1011 ", 1011},
		{1015, "", "close 1011 ", 1011},
		{5000, "", "close 1011 ", 1011},
		{1000, strings.Repeat("a", 123), "close 1000 " + strings.Repeat("a", 123), 1000},
		{1000, strings.Repeat("a", 124), "close 1011 ", 1011},
		{1000, "\xff", "close 1011 ", 1011},
	} {
		c, p := connect(t, Config{})
		// The error says what is wrong, and not that the operation is: the handler's author is to see it.
		if err := c.Close(test.code, test.reason, false); (err != nil) != (test.log == 1011) || errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("%d: %v", test.code, err)
		}
		p.want(test.want)
		if got := c.Stats().CloseCode; got != test.log {
			t.Errorf("%d: logged %v, want %v", test.code, got, test.log)
		}
	}
}

func TestAfterClosing(t *testing.T) {
	c, p := connect(t, Config{})
	if err := c.Close(1000, "bye", false); err != nil {
		t.Fatal(err)
	}
	_, received := c.Receive(-1, false)
	for _, err := range []error{received, c.SendFragment(wsh.Text(""), true), c.Deliver(wsh.NewOutgoing(wsh.Text("")), false), c.SendPing(nil),
		c.Close(1001, "", true)} {
		if !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("got %v, want ErrBadOperation", err)
		}
	}
	go c.End(1001, "")
	p.want("close 1000 bye", "EOF") // who did not wait for the answer does not do so now
}

func TestCloseWaitsForTheAnswer(t *testing.T) {
	c, p := connect(t, Config{})
	c.OnPong(func([]byte) { c.Close(1000, "", true) }) // too late, but must not hang
	result := serve(c, func(c *Conn) error { return c.Close(3000, "", true) })
	p.want("close 3000 ")
	p.send(text("ignored"), masked(0x01, "a"), masked(0x89, "p"), masked(0x8A, ""), masked(0x80, "b"))
	p.want("pong p")
	p.send(closing8(3000, ""))
	p.want("EOF")
	p.nc.Close()
	if err := <-result; err != nil {
		t.Errorf("Close returned %v", err)
	}
}

func TestCloseIsNotAnswered(t *testing.T) {
	for name, end := range map[string]func(p *peer) error{
		"nothing":     func(*peer) error { return wsh.ErrTimeout },
		"end of TCP":  func(p *peer) error { p.nc.Close(); return wsh.ErrClosed },
		"broken":      func(p *peer) error { p.send([]byte("\x00")); return wsh.ErrClosed },
		"half a text": func(p *peer) error { p.send(text("Hello")[:8]); return wsh.ErrTimeout },
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, Config{CloseTimeout: 50 * time.Millisecond})
			want := end(p)
			if err := c.Close(1000, "", true); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if want == wsh.ErrTimeout {
				p.want("close 1000 ")
			}
		})
	}
}

// startReceive has a goroutine wait in Receive, and sends what that returns.
func startReceive(c *Conn, p *peer) <-chan error {
	receiving := make(chan struct{})
	c.OnPong(func([]byte) { close(receiving) })
	result := make(chan error, 1)
	go func() {
		_, err := c.Receive(-1, false)
		result <- err
	}()
	p.send(masked(0x8A, ""))
	<-receiving
	return result
}

func TestCloseWhileAnotherReceives(t *testing.T) {
	c, p := connect(t, Config{})
	result := startReceive(c, p)
	closed := make(chan error, 1)
	go func() { closed <- c.Close(1000, "", true) }()
	p.want("close 1000 ")
	p.send(text("ignored"), closing8(1000, ""))
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-result; !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("Receive: %v, want ErrBadOperation", err)
	}
}

// A client has the time it likes to answer a Close frame that nobody waits for, but its messages are not
// kept meanwhile, of whatever size they are.
func TestWhatComesAfterTheServersCloseTakesNoMemory(t *testing.T) {
	const size = 32 << 20
	for name, frames := range map[string][]byte{
		"one frame": masked(0x82, strings.Repeat("x", size)),
		"fragments": join(masked(0x02, ""), bytes.Repeat(masked(0x00, strings.Repeat("x", 1<<20-100)), size>>20)),
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, Config{})
			result := startReceive(c, p)
			c.Close(1000, "", false)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p.send(frames, closing8(1000, ""))
			if err := <-result; !errors.Is(err, wsh.ErrBadOperation) {
				t.Errorf("Receive: %v, want ErrBadOperation", err)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > size/2 { // the race detector has pools forget
				t.Errorf("%d bytes were allocated", took)
			}
		})
	}
}

func TestCloseWithinAHookDoesNotWait(t *testing.T) {
	c, p := connect(t, Config{})
	closed := make(chan error, 1)
	c.OnPing(func([]byte) { closed <- c.Close(1000, "", true) })
	result := make(chan error, 1)
	go func() {
		_, err := c.Receive(-1, false)
		result <- err
	}()
	p.send(masked(0x89, ""))
	p.want("close 1000 ")
	if err := <-closed; err != nil { // before the client has answered
		t.Errorf("Close: %v", err)
	}
	p.send(closing8(1000, ""))
	if err := <-result; !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("Receive: %v, want ErrBadOperation", err)
	}
}

func TestEndWaitsForTheAnswer(t *testing.T) {
	c, p := connect(t, Config{})
	c.OnPing(func([]byte) { t.Error("a hook was called after the handler had returned") })
	result := serve(c, func(*Conn) error { return nil })
	p.want("close 1000 ")
	p.send(masked(0x89, "p"))
	p.want("pong p")
	p.send(closing8(1000, ""))
	p.want("EOF")
	p.nc.Close()
	<-result
}

func TestMessageInsteadOfTheAnswerEndsTCP(t *testing.T) {
	c, p := connect(t, Config{})
	result := serve(c, func(*Conn) error { return nil })
	p.want("close 1000 ")
	p.send(text("x"))
	p.want("EOF")
	p.nc.Close()
	<-result
}

func TestEndCutsAReceiveShort(t *testing.T) {
	t.Parallel() // it waits
	c, p := connect(t, Config{CloseTimeout: 50 * time.Millisecond})
	receiving := make(chan struct{})
	c.OnPong(func([]byte) { close(receiving) })
	result := make(chan error, 1)
	go func() {
		_, err := c.Receive(-1, false)
		result <- err
	}()
	p.send(masked(0x8A, ""))
	<-receiving
	c.End(1000, "")
	if err := <-result; !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("Receive: %v, want ErrClosed", err)
	}
	p.want("close 1000 ", "EOF")
}

// TestEndOfAClientThatDoesNotRead: a pipe takes nothing; only CloseTimeout bounds the Close frame.
func TestEndOfAClientThatDoesNotRead(t *testing.T) {
	t.Parallel() // it waits
	server, client := pipe(t)
	c, _ := open(t, server, client, Config{WriteTimeout: -1, CloseTimeout: 50 * time.Millisecond})
	c.End(1000, "")
}

// TestLastBytesArrive: the client has sent what nobody read, which must not reset TCP.
func TestLastBytesArrive(t *testing.T) {
	for _, abort := range []bool{false, true} {
		c, p := connect(t, Config{})
		p.send(bytesOf(300_000))
		long := wsh.Binary(bytesOf(200_000))
		go func() {
			c.Send(long, false)
			if abort {
				c.Abort()
				return
			}
			c.End(1000, "")
		}()
		p.want("B200000 bytes")
		if !abort {
			p.want("close 1000 ")
		}
		p.want("EOF")
		p.nc.Close()
	}
}

func bytesOf(n int) []byte { return masked(0x82, strings.Repeat("x", n-14))[:n] }
