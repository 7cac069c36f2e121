package stream

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

// hits is what Config.Hit was told.
type hits struct {
	mu   sync.Mutex
	list []string
}

func (h *hits) add(limit string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, limit)
}

func (h *hits) want(t *testing.T, want ...string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := strings.Join(h.list, " "); got != strings.Join(want, " ") {
		t.Errorf("limits hit: got %q, want %q", got, want)
	}
}

var rateCases = []struct {
	name  string
	conf  Config
	limit string
}{
	{"messages", Config{MessagesPerSecond: 10}, LimitMessagesPerSecond},
	{"bytes", Config{BytesPerSecond: 10 * 50}, LimitBytesPerSecond},
	{"both", Config{MessagesPerSecond: 1000, BytesPerSecond: 10 * 50}, LimitBytesPerSecond},
}

func TestClientThatSendsTooMuchWaits(t *testing.T) {
	for _, tt := range rateCases {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var h hits
				tt.conf.Hit = h.add
				c, p, _ := kept(t, tt.conf)
				m := text(strings.Repeat("x", 50))
				go func() {
					for range 31 {
						p.nc.Write(m)
					}
					p.answer()
				}()
				start := time.Now()
				for i := range 31 {
					received(t, c, -1, strings.Repeat("x", 50))
					if i == 10 && time.Since(start) > 0 { // the tenth's time is up at once
						t.Errorf("a second's worth took %v", time.Since(start))
					}
				}
				if took := time.Since(start); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
					t.Errorf("31 messages took %v, want 2s", took)
				}
				if len(h.list) == 0 || h.list[0] != tt.limit {
					t.Errorf("limits hit: %v", h.list)
				}
			})
		})
	}
}

func TestTimedReceiveWaitsForTheRateNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, _ := kept(t, Config{BytesPerSecond: 10})
		go func() {
			p.nc.Write(text(strings.Repeat("x", 110)))
			p.nc.Write(text("y"))
			p.answer()
		}()
		received(t, c, -1, strings.Repeat("x", 110))
		start := time.Now()
		if _, err := c.Receive(time.Second, false); !errors.Is(err, wsh.ErrTimeout) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		received(t, c, -1, "y")
		if time.Since(start) != 10*time.Second {
			t.Errorf("the next message came after %v", time.Since(start))
		}
	})
}

func TestClientThatSendsTooMuchIsClosed(t *testing.T) {
	for _, tt := range rateCases {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var h hits
				tt.conf.CloseOverRate, tt.conf.Hit = true, h.add
				c, p, gone := kept(t, tt.conf)
				ended := serve(c, func(c *Conn) error {
					receives(gone, c)
					return nil
				})
				go func() {
					for range 100 {
						p.nc.Write(text(strings.Repeat("x", 50)))
					}
				}()
				p.want("close 1008 …")
				p.nc.Close()
				<-ended
				if n := c.Stats().MessagesIn; n != 10 {
					t.Errorf("%d messages were let through, want 10", n)
				}
				h.want(t, tt.limit)
			})
		})
	}
}

func TestWaitingForTheRateEndsWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p, _ := kept(t, Config{BytesPerSecond: 1})
		go p.nc.Write(text(strings.Repeat("x", 100)))
		received(t, c, -1, strings.Repeat("x", 100))
		go c.Fail(1001, "")
		if _, err := c.Receive(-1, false); !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}

func TestLimitsTellThatTheyWereHit(t *testing.T) {
	for _, tt := range []struct {
		name, limit string
		conf        Config
		run         func(c *Conn, p *peer)
	}{
		{"a message too long", LimitMessageSize, Config{MessageSize: 3}, func(c *Conn, p *peer) {
			p.send(text("four"))
			p.want("close 1009 …")
		}},
		{"a client that does not read", LimitWriteTimeout, Config{}, func(c *Conn, p *peer) {
			if err := c.Send(wsh.Text("hello"), false); !errors.Is(err, wsh.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		}},
		{"a client that does not answer", LimitPingTimeout, Config{}, func(c *Conn, p *peer) {
			p.want("ping wshd")
			<-c.phase.done(down)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var h hits
				tt.conf.Hit = h.add
				c, p, gone := kept(t, tt.conf)
				go receives(gone, c)
				tt.run(c, p)
				p.nc.Close()
				<-gone.Done()
				h.want(t, tt.limit)
			})
		})
	}
}
