package wsh_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func sendMany(c *wshtest.Client, n int) {
	for i := range n {
		c.SendText(fmt.Sprint(i))
	}
}

func TestReceiverKeepsOrderToTheEnd(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*wshtest.Client) wshtest.End
		want error
	}{
		{"close", func(c *wshtest.Client) wshtest.End { return c.Close(1000, "") }, io.EOF},
		// What the client sent before it was gone can still be received, though Context is done.
		{"abort", (*wshtest.Client).Abort, wsh.ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			on := make(chan struct{})
			c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
				rcv := wsh.NewMessageReceiver(r)
				<-on
				for i := range 200 {
					m, err := rcv.Receive()
					if err != nil || m.Text() != fmt.Sprint(i) {
						t.Errorf("got %q, %v, want %d", m.Text(), err, i)
						break
					}
				}
				_, err := rcv.Receive()
				if !errors.Is(err, test.want) || !errors.Is(rcv.Err(), test.want) {
					t.Errorf("got %v, Err %v, want %v", err, rcv.Err(), test.want)
				}
				if _, ok := rcv.ReceiveNowait(); ok {
					t.Error("got a message after the end")
				}
				if _, err := rcv.ReceiveTimeout(time.Hour); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				return err
			}))
			sendMany(c, 200)
			c.Ping("all sent") // nobody waits for its pong: the receiver's queue is full
			go func() { close(on) }()
			test.end(c)
		})
	}
}

func TestReceiverReadsNoFurtherThanItHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := make(chan struct{})
		c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
			rcv := wsh.NewMessageReceiver(r)
			if again := wsh.NewMessageReceiver(r); again != rcv {
				t.Error("a second receiver")
			}
			if _, ok := rcv.ReceiveNowait(); ok || rcv.Len() != 0 || rcv.Err() != nil {
				t.Errorf("got %v, %d, %v before the first message", ok, rcv.Len(), rcv.Err())
			}
			if _, err := rcv.ReceiveTimeout(time.Second); !errors.Is(err, wsh.ErrTimeout) {
				t.Errorf("got %v, want ErrTimeout", err)
			}
			if err := r.SendText("ready"); err != nil {
				return err
			}
			<-on
			if rcv.Len() != 64 {
				t.Errorf("got %d held, want 64", rcv.Len())
			}
			if m, ok := rcv.ReceiveNowait(); !ok || m.Text() != "0" {
				t.Errorf("got %q, %v, want 0", m.Text(), ok)
			}
			m := <-rcv.C
			return r.SendText(m.Text())
		}))
		c.ReceiveText()
		sendMany(c, 100)
		synctest.Wait() // nothing more happens by itself
		close(on)
		if got := c.ReceiveText(); got != "1" {
			t.Errorf("got %s, want 1", got)
		}
		if end := c.Wait(); end.Code != 1000 {
			t.Errorf("got %v", end)
		}
	})
}

func TestSenderIsBoundedAndKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan struct{})
		c := wshtest.Dialer{Window: 1}.Dial(t, handler(func(r *wsh.Request) error {
			snd := wsh.NewMessageSender(r, 2)
			for i := range 4 { // one goes out, one is being sent, two wait
				if err := snd.SendNowait(wsh.Text(fmt.Sprint(i))); err != nil {
					t.Errorf("%d: %v", i, err)
				}
				<-next
			}
			if err := snd.SendNowait(wsh.Text("too many")); !errors.Is(err, wsh.ErrQueueFull) {
				t.Errorf("got %v, want ErrQueueFull", err)
			}
			return snd.Send(wsh.Text("4"))
		}))
		for range 4 {
			synctest.Wait()
			next <- struct{}{}
		}
		synctest.Wait()
		for i := range 5 {
			if got := c.ReceiveText(); got != fmt.Sprint(i) {
				t.Errorf("got %s, want %d", got, i)
			}
		}
		if end := c.Wait(); end.Code != 1000 {
			t.Errorf("got %v", end)
		}
	})
}

func TestSenderTellsThatTheClientIsGone(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		snd := wsh.NewMessageSender(r, 0)
		if err := snd.Send(wsh.Text("up")); err != nil {
			return err
		}
		<-r.Context().Done()
		if err := snd.SendNowait(wsh.Text("x")); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("SendNowait: got %v, want ErrClosed", err)
		}
		return snd.Send(wsh.Text("x"))
	}))
	c.ReceiveText()
	if end := c.Abort(); !errors.Is(end.Err, wsh.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", end)
	}
}

func TestSenderReturnsTheErrorOfItsSend(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		return wsh.NewMessageSender(r, 1).Send(wsh.Text("\xff"))
	}))
	if end := c.Wait(); !errors.Is(end.Err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", end)
	}
}

// The senders of a connection share what may wait for its client.
func TestSendersAreBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		half := wsh.Binary(make([]byte, 1<<19)) // of what the host lets wait
		full, emptied := make(chan struct{}), make(chan struct{})
		c := wshtest.Dialer{Window: 1}.Dial(t, handler(func(r *wsh.Request) error {
			one, other := wsh.NewMessageSender(r, 100), wsh.NewMessageSender(r, 100)
			queue := func(snd *wsh.MessageSender, m wsh.Message, want error) {
				t.Helper()
				if err := snd.SendNowait(m); !errors.Is(err, want) {
					t.Errorf("%d bytes: got %v, want %v", len(m.Data), err, want)
				}
			}
			for _, snd := range []*wsh.MessageSender{one, one, other} { // one goes out, and each then waits to send one
				queue(snd, half, nil)
				synctest.Wait()
			}
			queue(one, wsh.Binary([]byte{1}), wsh.ErrQueueFull)
			queue(other, wsh.Binary([]byte{1}), wsh.ErrQueueFull)
			queue(other, wsh.Binary(nil), nil)
			close(full)
			<-emptied
			queue(one, wsh.Binary(make([]byte, 3<<20)), nil) // nothing waits
			return one.Send(wsh.Text("done"))
		}))
		<-full // until then the client reads nothing
		for range 4 {
			c.Receive()
		}
		synctest.Wait()
		close(emptied)
		if m := c.Receive(); len(m.Data) != 3<<20 {
			t.Errorf("got %d bytes", len(m.Data))
		}
		c.ReceiveText()
		if end := c.Wait(); end.Err != nil {
			t.Error(end)
		}
	})
}

func TestSenderWaitsForTheEndOfFragments(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		sender := wsh.NewMessageSender(r, 1)
		if err := r.SendFragment(wsh.Text("be"), false); err != nil {
			return err
		}
		sent := make(chan error)
		go func() { sent <- sender.Send(wsh.Text("after")) }()
		for _, send := range []func() error{
			func() error { return r.SendText("within") },
			func() error { return r.SendBinary([]byte("within")) },
			func() error { return r.SendMessage(wsh.Text("within")) },
		} {
			if err := send(); !errors.Is(err, wsh.ErrBadOperation) || !strings.Contains(err.Error(), "SendFragment(m, true)") {
				t.Errorf("got %v, want ErrBadOperation that says what to do", err)
			}
		}
		if err := r.SendFragment(wsh.Text("gun"), true); err != nil {
			return err
		}
		return <-sent
	}))
	for _, want := range []string{"begun", "after"} {
		if got := c.Receive().Text(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
