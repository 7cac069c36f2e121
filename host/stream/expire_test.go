package stream

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

func TestIdleConnectionIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hits
		c, p, gone := kept(t, Config{IdleTimeout: time.Minute, Hit: h.add})
		ended := serve(c, func(c *Conn) error {
			receives(gone, c)
			return nil
		})
		frames := make(chan string, 100)
		go func() {
			defer close(frames)
			for f, err := p.read(); err == nil; f, err = p.read() {
				if f.op == 9 {
					p.nc.Write(masked(0x8A, string(f.data)))
				} else {
					frames <- f.String()
				}
			}
		}()
		for range 10 { // messages either way keep it open
			p.send(text("in"))
			time.Sleep(40 * time.Second)
			c.Send(wsh.Text("out"), false)
			if got := <-frames; got != "Tout" {
				t.Fatalf("got %s", got)
			}
			time.Sleep(40 * time.Second)
		}
		start := time.Now()
		if got := <-frames; got != "close 1001 no message for 1m0s" {
			t.Errorf("got %s", got)
		}
		if took := time.Since(start) + 40*time.Second; took < time.Minute || took > 77*time.Second {
			t.Errorf("closed after %v without a message, want a minute or a little more", took)
		}
		p.nc.Close()
		<-ended
		h.want(t, LimitIdleTimeout)
		if why := c.Why(); why != "no message for 1m0s" {
			t.Errorf("the log says %q", why)
		}
	})
}

func TestOldConnectionIsClosedAndNotWithTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hits
		start, ages := time.Now(), map[time.Duration]bool{}
		for range 20 {
			c, p, gone := kept(t, Config{Lifetime: time.Hour, Hit: h.add})
			ended := serve(c, func(c *Conn) error {
				receives(gone, c)
				return nil
			})
			p.answerUntil(t, "close 1001 it has been open for 1h0m0s")
			age := time.Since(start)
			if age < 54*time.Minute || age > time.Hour+time.Second {
				t.Errorf("closed after %v", age)
			}
			ages[age] = true
			p.nc.Close()
			<-ended
			start = time.Now()
		}
		if len(ages) < 5 {
			t.Errorf("20 connections ended at only %d ages", len(ages))
		}
		if len(h.list) != 20 || h.list[0] != LimitLifetime {
			t.Errorf("limits hit: %v", h.list)
		}
	})
}

// answerUntil answers pings until another frame comes, which is wanted.
func (p *peer) answerUntil(t *testing.T, want string) {
	for {
		f, err := p.read()
		if err != nil || f.op != 9 {
			if f.String() != want {
				t.Errorf("got %v, %v, want %s", f, err, want)
			}
			return
		}
		go p.nc.Write(masked(0x8A, string(f.data))) // a pipe would have it wait for whoever closes
	}
}

// A handler that has closed and waits for nothing, but goes on receiving, does not wait for ever.
func TestClientThatDoesNotAnswerACloseIsGivenUp(t *testing.T) {
	for _, wait := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, p, gone := kept(t, Config{})
			start, received := time.Now(), make(chan error, 1)
			go func() {
				for {
					if _, err := c.Receive(-1, false); err != nil {
						received <- err
						return
					}
				}
			}()
			go func() { // reads, and talks as if nothing were
				for _, err := p.read(); err == nil; _, err = p.read() {
				}
			}()
			go func() {
				for gone.Err() == nil {
					p.nc.Write(text("still talking"))
					pause(gone, time.Second)
				}
			}()
			pause(gone, time.Minute)
			go c.Close(wsh.StatusNormalClosure, "", wait)
			if err := <-received; !errors.Is(err, wsh.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
			if took := time.Since(start) - time.Minute; took > pingInterval {
				t.Errorf("given up after %v", took)
			}
			if why := c.Why(); why != "no answer to the Close frame" {
				t.Errorf("the log says %q", why)
			}
			p.nc.Close()
			c.End(wsh.StatusNormalClosure, "")
		})
	}
}
