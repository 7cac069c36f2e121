package stream

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"wshd/plugins/wsh"
)

func TestPassiveClosing(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name    string
		in      []byte
		passive func(*Conn, wsh.StatusCode, string) (wsh.StatusCode, string, error)
		want    []string
		err     error
	}{
		{"no hook", closing8(3000, "x"), nil, []string{"close 1000 ", "EOF"}, io.EOF},
		{"code and reason", closing8(3000, "x"), func(_ *Conn, code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
			return code + 1000, "saw " + reason, nil
		}, []string{"close 4000 saw x", "EOF"}, io.EOF},
		{"no code", masked(0x88, ""), func(_ *Conn, code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
			return 4000, code.String() + reason, nil
		}, []string{"close 4000 1005", "EOF"}, io.EOF},
		{"empty answer", closing8(1000, ""), func(*Conn, wsh.StatusCode, string) (wsh.StatusCode, string, error) {
			return 0, "ignored", nil
		}, []string{"close ", "EOF"}, io.EOF},
		{"code that is none", closing8(1000, ""), func(*Conn, wsh.StatusCode, string) (wsh.StatusCode, string, error) {
			return 1005, "x", nil
		}, []string{"close 1011 ", "EOF"}, io.EOF},
		{"abort", closing8(1000, ""), func(*Conn, wsh.StatusCode, string) (wsh.StatusCode, string, error) {
			return 0, "", wsh.ErrAborted
		}, []string{"EOF"}, wsh.ErrAborted},
		{"error", closing8(1000, ""), func(*Conn, wsh.StatusCode, string) (wsh.StatusCode, string, error) {
			return 0, "", boom
		}, []string{"close 1011 ", "EOF"}, boom},
		{"sends", closing8(1000, ""), func(c *Conn, _ wsh.StatusCode, _ string) (wsh.StatusCode, string, error) {
			_, err := c.Receive(-1, false)
			if !errors.Is(err, wsh.ErrBadOperation) {
				return 0, "", err
			}
			return 1000, "", c.Send(wsh.Text("last words"), false)
		}, []string{"Tlast words", "close 1000 ", "EOF"}, io.EOF},
		{"closes itself", closing8(1000, ""), func(c *Conn, _ wsh.StatusCode, _ string) (wsh.StatusCode, string, error) {
			return 4001, "", c.Close(4000, "", true)
		}, []string{"close 4000 ", "EOF"}, io.EOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, p := connect(t, Config{})
			if test.passive != nil {
				c.Passive = func(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error) {
					return test.passive(c, code, reason)
				}
			}
			result := serve(c, func(c *Conn) error {
				_, err := c.Receive(-1, false)
				if _, again := c.Receive(-1, false); !errors.Is(again, io.EOF) {
					t.Errorf("the next Receive: %v, want EOF", again)
				}
				return err
			})
			p.send(test.in)
			p.want(test.want...)
			p.nc.Close()
			if err := <-result; !errors.Is(err, test.err) {
				t.Errorf("got %v, want %v", err, test.err)
			}
		})
	}
}

func TestTheHookIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		defer client.Close()
		c := New(server, nil, Config{})
		defer c.Abort()
		asked := 0
		c.Passive = func(wsh.StatusCode, string) (wsh.StatusCode, string, error) {
			asked++
			return 0, "", io.ErrNoProgress
		}
		c.Open(nil)
		results := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.Receive(-1, false)
				results <- err
			}()
		}
		synctest.Wait() // until one reads and the other waits for its turn
		client.Write(closing8(1000, ""))
		if first, second := <-results, <-results; !errors.Is(first, io.ErrNoProgress) || !errors.Is(second, io.EOF) {
			t.Errorf("got %v and %v, want the hook's error and EOF", first, second)
		}
		if asked != 1 {
			t.Errorf("the hook was asked %d times", asked)
		}
	})
}

// TransferData returns while another goroutine's Receive asks how to answer: that answer counts.
func TestEndHeedsTheAnswerOfAReceive(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want []string
	}{
		{"answers", nil, []string{"close 4000 ", "EOF"}},
		{"aborts", wsh.ErrAborted, []string{"EOF"}},
		{"fails", errors.New("boom"), []string{"close 1011 ", "EOF"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, p := connect(t, Config{})
			asked, isEnding, received := make(chan struct{}), make(chan struct{}), make(chan struct{})
			c.Passive = func(wsh.StatusCode, string) (wsh.StatusCode, string, error) {
				close(asked)
				<-isEnding
				return 4000, "", test.err
			}
			result := serve(c, func(c *Conn) error {
				go func() {
					defer close(received)
					c.Receive(-1, false)
				}()
				<-asked
				go func() {
					<-c.phase.done(ending)
					close(isEnding)
				}()
				return nil
			})
			p.send(closing8(1000, ""))
			p.want(test.want...)
			p.nc.Close()
			<-result
			<-received
		})
	}
}
