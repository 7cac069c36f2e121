package nats

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// cable leads connections to a server, and can be pulled: what is on its way then waits, and neither end is told.
type cable struct {
	l      net.Listener
	to     string
	moving sync.WaitGroup

	mu     sync.Mutex
	plug   *sync.Cond
	pulled bool
	slow   bool // about 1 MiB a second towards the host
	ended  bool
	open   map[net.Conn]bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{l: l, to: strings.TrimPrefix(to, "nats://"), open: map[net.Conn]bool{}}
	c.plug = sync.NewCond(&c.mu)
	c.moving.Go(c.accept)
	t.Cleanup(func() {
		_ = l.Close()
		c.mu.Lock()
		c.ended = true
		for nc := range c.open {
			_ = nc.Close()
		}
		c.plug.Broadcast()
		c.mu.Unlock()
		c.moving.Wait()
	})
	return c
}

func (c *cable) address() string { return "nats://" + c.l.Addr().String() }

func (c *cable) pull(pulled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulled = pulled
	c.plug.Broadcast()
}

func (c *cable) slowDown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow = true
}

func (c *cable) accept() {
	for {
		a, err := c.l.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = a.Close()
			continue
		}
		c.mu.Lock()
		c.open[a], c.open[b] = true, true
		ended := c.ended
		c.mu.Unlock()
		if ended {
			_, _ = a.Close(), b.Close()
		}
		for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
			c.moving.Go(func() {
				defer func() { _, _ = way[0].Close(), way[1].Close() }() // both: this way or the other has ended
				c.move(way[0], way[1])
			})
		}
	}
}

func (c *cable) move(from io.Reader, to io.Writer) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		c.mu.Lock()
		for c.pulled && !c.ended {
			c.plug.Wait()
		}
		slow := c.slow
		c.mu.Unlock()
		if slow {
			<-time.After(time.Duration(n) * time.Microsecond)
		}
		if _, failed := to.Write(b[:n]); err != nil || failed != nil {
			return
		}
	}
}

// TestTrialOfAHostThatIsCutOff has one of two hosts see and hear nothing of the server for a while, under load. What
// it was sending arrives late, when it has long tried again.
func TestTrialOfAHostThatIsCutOff(t *testing.T) {
	times, pause := 1, 4*time.Second
	if *long {
		times, pause = 6, 15*time.Second
	}
	_, addresses := startNATS(t, 1, nil)
	c := newCable(t, addresses[0])
	keep := map[string]room.Retention{"*": {Messages: 100000}}
	h := append(hosts(t, 1, Config{Servers: addresses, Retention: keep}), hosts(t, 1, Config{Servers: []string{c.address()}, Retention: keep})...)
	cut := h[1].(*Rooms)
	during(t, trial(h, 2500*times), func(stop <-chan struct{}) {
		for range times {
			if wait(stop, time.Second) {
				t.Error("the trial was over before the host was cut off")
				return
			}
			c.pull(true)
			wait(stop, pause)
			c.pull(false)
		}
	})
	if times := cut.reconnects.Load(); times == 0 {
		t.Error("the host that was cut off has not noticed")
	}
}

// TestWhoIsAheadOfAHostThatIsCutOff has an id from another host. That is no reason to forget anything.
func TestWhoIsAheadOfAHostThatIsCutOff(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	c := newCable(t, addresses[0])
	there, here := hosts(t, 1, Config{Servers: addresses})[0], hosts(t, 1, Config{Servers: []string{c.address()}})[0]
	member, _ := joined(t, here, "r", wsh.JoinOptions{})
	publish(t, there, "r", "1")
	member.expect(t, "1")
	c.pull(true)
	id := publish(t, there, "r", "2")[0]
	if _, err := here.Join("r", wsh.JoinOptions{Stream: newSink(), After: id}); !errors.Is(err, wsh.ErrUnavailable) {
		t.Errorf("while it is cut off: got %v, want ErrUnavailable", err)
	}
	c.pull(false)
	member.expect(t, "2")
	back, _ := joined(t, here, "r", wsh.JoinOptions{After: id})
	publish(t, there, "r", "3")
	back.expect(t, "3")
}

// TestARoomThatTakesLongToRead over a slow line: who could not wait for it finds it when they come back.
func TestARoomThatTakesLongToRead(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	c := newCable(t, addresses[0])
	there := hosts(t, 1, Config{Servers: addresses})[0]
	var id string
	for range 60 {
		id = publish(t, there, "r", strings.Repeat("x", 64<<10))[0]
	}
	c.slowDown()
	here := hosts(t, 1, Config{Servers: []string{c.address()}})[0]
	for tries := 1; ; tries++ {
		leave, err := here.Join("r", wsh.JoinOptions{Stream: newSink(), After: id})
		if err == nil {
			leave(time.Time{})
			return
		}
		if !errors.Is(err, wsh.ErrUnavailable) || tries > 10 {
			t.Fatalf("after %d times: %v", tries, err)
		}
	}
}

// TestWhoHasPublishedFindsIt at once, on that host.
func TestWhoHasPublishedFindsIt(t *testing.T) {
	r, _ := opened(t, &room.Hub{}, Config{Folder: t.TempDir()})
	joined(t, r, "r", wsh.JoinOptions{}) // so that the room is here, and what is published has to come to it
	for i := range 300 {
		id := publish(t, r, "r", strconv.Itoa(i))[0]
		list, err := r.History("r", 1)
		if err != nil || len(list) != 1 || list[0].ID != id {
			t.Fatalf("publication %d: got %v, %v", i, list, err)
		}
	}
}
