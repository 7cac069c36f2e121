package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// The script tells each client which host it has come to, and publishes what it says to its room.
const rollingScript = `//go:build ignore

package main

import (
	"crypto/rand"

	"wshd/plugins/wsh"
)

var host = rand.Text()

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	if err := r.SendText(host); err != nil {
		return err
	}
	return r.Each(r.Join(r.URL.RawQuery).Publish)
}
`

// rollingProxy is the configuration of nginx that docs/recipes.md shows, for these addresses.
func rollingProxy(t *testing.T, front string, hosts []string) string {
	t.Helper()
	text, err := os.ReadFile(checkout + "/docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range docSteps(t, string(text)) {
		if step.args == "nginx.conf" {
			return strings.NewReplacer("127.0.0.1:9998", hosts[0], "127.0.0.1:9997", hosts[1], "listen 80;", "listen "+front+";").Replace(step.text)
		}
	}
	t.Fatal("docs/recipes.md has no nginx.conf")
	return ""
}

// TestRollingRestart restarts two hosts behind nginx, one after the other, under 500 clients who talk
// in rooms all the time and come back when they are sent away. Nobody is refused; who is sent away is
// so with 1001; and whatever was published, as its sender knows from its own copy, has reached
// everybody who was in the room on that host before and has stayed. Of a host that is told to go,
// everybody has what was published before it was told.
func TestRollingRestart(t *testing.T) {
	const clients, rooms = 500, 50
	addrs, front := []string{freeAddr(t), freeAddr(t)}, freeAddr(t)
	startNginx(t, rollingProxy(t, front, addrs))
	dir := t.TempDir()
	writeTree(t, filepath.Join(dir, "room_wsh.go"), []byte(rollingScript), 0o644)
	ctx, cancel := context.WithTimeout(t.Context(), 3*waitLimit)
	defer cancel()
	c := &crowd{ctx: ctx, url: "ws://" + front + "/room?", told: map[string]int{},
		stop: make(chan struct{}), moved: make(chan struct{}, 1)}
	var hosts []*process
	for _, addr := range addrs {
		hosts = append(hosts, startHost(t, dir, addr))
	}
	var talking sync.WaitGroup
	for i := range clients {
		talking.Go(func() { c.client(i, fmt.Sprint(i%rooms)) })
	}
	c.await(t, clients)
	for i, addr := range addrs {
		c.goes(t, addr)
		if err := hosts[i].cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code, err := hosts[i].exitCode(); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v\n%s", code, err, hosts[i].log())
		}
		c.await(t, clients)
		hosts[i] = startHost(t, dir, addr)
	}
	close(c.stop)
	talking.Wait()
	c.check(t)
}

// startHost runs wshd until it serves.
func startHost(t *testing.T, dir, addr string, args ...string) *process {
	t.Helper()
	p, err := startProcess(dir, os.Environ(), append([]string{"--listen", addr, "-w", ".", "--drain", "20s"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	if _, err := p.find(`msg="handler loaded"`); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return p
}

// crowd is the clients, and what they have seen. Its clock counts events.
type crowd struct {
	ctx   context.Context
	url   string
	stop  chan struct{}
	moved chan struct{} // here has changed

	mu       sync.Mutex
	clock    int
	here     int // connected, and have heard their own voice
	told     map[string]int
	visits   []*visit
	failures []error
}

// visit is one connection.
type visit struct {
	room, host string
	joined     int // when its first message had come back
	gone       int // when it was sent away; 0: never
	last       int // when it said its last word
	got        map[string]bool
	said       []said
}

// said is a message that has come back to its sender.
type said struct {
	text       string
	sent, back int
}

func (c *crowd) now() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	return c.clock
}

func (c *crowd) count(n int) {
	c.mu.Lock()
	c.here += n
	c.mu.Unlock()
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// await waits until n clients talk.
func (c *crowd) await(t *testing.T, n int) {
	t.Helper()
	for {
		c.mu.Lock()
		here, failures := c.here, c.failures
		c.mu.Unlock()
		if here == n {
			return
		}
		select {
		case <-c.moved:
		case <-c.ctx.Done():
			t.Fatalf("%d of %d clients are here; failures: %v", here, n, failures)
		}
	}
}

// goes notes that the host at addr is told to go now.
func (c *crowd) goes(t *testing.T, addr string) {
	t.Helper()
	nc, _, err := websocket.Dial(c.ctx, "ws://"+addr+"/room?nobody", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.CloseNow() }()
	_, host, err := nc.Read(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[string(host)] = now
}

// client talks, and comes back when it is sent away.
func (c *crowd) client(i int, room string) {
	for n, over := 0, false; !over; n++ {
		v := &visit{room: room, got: map[string]bool{}}
		var err error
		if over, err = c.visit(v, fmt.Sprintf("client %d, visit %d", i, n)); err != nil {
			err = fmt.Errorf("client %d, visit %d: %w", i, n, err)
			over = true
		}
		c.mu.Lock()
		c.visits = append(c.visits, v)
		if err != nil {
			c.failures = append(c.failures, err)
		}
		c.mu.Unlock()
	}
}

// visit says one thing after the other, each when the one before has come back, until it is sent away
// or all is over. Whoever gets its last word back has all that was published before.
func (c *crowd) visit(v *visit, name string) (over bool, err error) {
	nc, _, err := websocket.Dial(c.ctx, c.url+v.room, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = nc.CloseNow() }()
	_, host, err := nc.Read(c.ctx)
	if websocket.CloseStatus(err) == websocket.StatusGoingAway {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.host = string(host)
	for n := 0; !over; n++ {
		select {
		case <-c.stop:
			over = true
		default:
		}
		v.last = c.now()
		s := said{text: fmt.Sprint(name, ", message ", n), sent: v.last}
		err := v.say(c.ctx, nc, s.text)
		if err != nil && v.joined > 0 {
			c.count(-1)
		}
		if websocket.CloseStatus(err) == websocket.StatusGoingAway {
			v.gone = c.now()
			return over, nil
		}
		if err != nil {
			return false, err
		}
		s.back = c.now()
		v.said = append(v.said, s)
		if n == 0 {
			v.joined = s.back
			c.count(1)
		}
	}
	return true, nc.Close(websocket.StatusNormalClosure, "")
}

// say sends text and reads until it comes back.
func (v *visit) say(ctx context.Context, nc *websocket.Conn, text string) error {
	// A write that fails says less than the read that follows: the Close frame is there.
	_ = nc.Write(ctx, websocket.MessageText, []byte(text))
	for !v.got[text] {
		_, m, err := nc.Read(ctx)
		if err != nil {
			return err
		}
		v.got[string(m)] = true
	}
	return nil
}

// check compares what was said with what was heard.
func (c *crowd) check(t *testing.T) {
	t.Helper()
	for _, err := range c.failures {
		t.Error(err)
	}
	heard, missing := 0, 0
	for _, v := range c.visits {
		if v.gone > 0 && c.told[v.host] == 0 {
			t.Errorf("sent away by a host that stayed")
		}
		for _, by := range c.visits {
			if by.host != v.host || by.room != v.room || v.joined == 0 {
				continue
			}
			for _, s := range by.said {
				until := v.last
				if v.gone > 0 {
					until = c.told[v.host]
				}
				if s.sent < v.joined || s.back > until {
					continue
				}
				if heard++; !v.got[s.text] {
					missing++
				}
			}
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d messages have not arrived", missing, heard)
	}
	if len(c.visits) < 2*len(c.told) || heard == 0 {
		t.Errorf("only %d connections and %d messages: nothing was tried", len(c.visits), heard)
	}
	t.Logf("%d connections heard %d messages", len(c.visits), heard)
}
