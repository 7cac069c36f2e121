package wshtest_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestPingsAreAnsweredThoughNobodyReceives(t *testing.T) {
	stop := make(chan struct{})
	c := wshtest.Dial(t, handler(func(*wsh.Request) error { <-stop; return nil }))
	c.Ping("a")
	c.Ping("b")
	if got := c.Pong() + c.Pong(); got != "ab" {
		t.Errorf("got %q, want ab", got)
	}
	close(stop)
}

func TestOnPingReplacesThePong(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		r.OnPing(func(body []byte) { _ = r.SendText("ping " + string(body)) })
		r.OnPong(func(body []byte) { _ = r.SendText("pong " + string(body)) })
		if err := r.SendPing([]byte("x")); err != nil {
			return err
		}
		return echo(r)
	}))
	if got := c.ReceivePing(); got != "x" {
		t.Errorf("got ping %q, want x", got)
	}
	if got := c.ReceiveText(); got != "pong x" {
		t.Errorf("got %q, want pong x", got)
	}
	c.Ping("y")
	if got := c.ReceiveText(); got != "ping y" {
		t.Errorf("got %q, want ping y", got)
	}
}

func TestFragmentsBothWays(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		for i := range m.Data {
			if err := r.SendFragment(wsh.Binary(m.Data[i:i+1]), i == len(m.Data)-1); err != nil {
				return err
			}
		}
		return nil
	}))
	c.SendFragments(false, "a", "", "bc")
	if got := c.Receive(); !got.Binary || got.Text() != "abc" {
		t.Errorf("got %v, want binary abc", got)
	}
}

func TestRawBytesGoBothWays(t *testing.T) {
	c := wshtest.Dial(t, &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			p, err := r.ReadRaw(3)
			if err != nil {
				return err
			}
			if err := r.SendText("early"); !errors.Is(err, wsh.ErrBadOperation) {
				t.Errorf("send before the 101: got %v, want ErrBadOperation", err)
			}
			return r.WriteRaw(append(p, '!'))
		},
		TransferData: func(r *wsh.Request) error { return r.WriteRaw(wsh.CloseFrame(4321, "raw")) },
	})
	c.WriteRaw([]byte("abc"))
	if got := string(c.ReadRaw(4)); got != "abc!" {
		t.Errorf("got %q, want abc!", got)
	}
	if end := c.Wait(); end.Code != 4321 || end.Reason != "raw" {
		t.Errorf("got %v, want 4321", end)
	}
}

func TestWindowHoldsSendsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		c := wshtest.Dialer{Window: 100}.Dial(t, handler(func(r *wsh.Request) error {
			for range 3 {
				if err := r.SendBinary(make([]byte, 90)); err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		}))
		for want := int32(1); want <= 3; want++ {
			synctest.Wait()
			if got := sent.Load(); got != want {
				t.Errorf("%d went out before %d were read", got, want)
			}
			c.Receive()
		}
	})
}

func TestTimePassesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
			if _, err := r.ReceiveTimeout(9 * time.Second); err != wsh.ErrTimeout {
				return err
			}
			return r.SendText("an age later")
		}))
		start := time.Now()
		if got := c.ReceiveText(); got != "an age later" || time.Since(start) != 9*time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		c.Wait()
	})
}
