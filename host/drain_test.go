package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

func TestShutdownClosesWith1001(t *testing.T) {
	h := serve(t, handlers{
		"/echo": {DoExtraHandshake: accept, TransferData: echo},
		"/busy": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
			<-r.Context().Done()
			return r.Context().Err()
		}},
	}, Config{})
	var clients []*client
	for range 5 {
		clients = append(clients, connect(t, h.addr, "/echo"), connect(t, h.addr, "/busy"))
	}
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(context.Background()) }()
	for _, c := range clients {
		c.want(`C1001"going down"`)
		c.sendClose(1001, "")
		c.want("EOF")
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if n := h.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

func TestShutdownDoesNotWaitForADeafHandler(t *testing.T) {
	let := make(chan struct{})
	h := serve(t, handlers{"/deaf": {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error {
		<-let
		return nil
	}}}, Config{})
	c := connect(t, h.addr, "/deaf")
	ctx, cancel := context.WithCancel(context.Background())
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(ctx) }()
	c.want(`C1001"going down"`)
	cancel()
	if err := <-down; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(let)
}

// TestShutdownEndsPlainRequests: one that waits for its client to leave does not keep the host, and one that
// is about to be answered is.
func TestShutdownEndsPlainRequests(t *testing.T) {
	for _, test := range []struct {
		name  string
		flush time.Duration
		wait  func(q *http.Request, down <-chan struct{})
		want  string
	}{
		{"waits", time.Millisecond, func(q *http.Request, _ <-chan struct{}) { <-q.Context().Done() }, "context canceled"},
		{"answers", patience, func(_ *http.Request, down <-chan struct{}) { <-down }, "<nil>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			begun, down := make(chan struct{}), make(chan struct{})
			h := serve(t, handlers{"/plain": {ServeHTTP: func(w http.ResponseWriter, q *http.Request) {
				close(begun)
				test.wait(q, down)
				fmt.Fprint(w, q.Context().Err())
			}}}, Config{FlushTime: test.flush})
			answer := make(chan string)
			go func() {
				a, err := http.Get("http://" + h.addr + "/plain")
				if err != nil {
					answer <- err.Error()
					return
				}
				defer a.Body.Close()
				text, _ := io.ReadAll(a.Body)
				answer <- string(text)
			}()
			<-begun
			over := make(chan error, 1)
			go func() { over <- h.Shutdown(context.Background()) }()
			for !h.Draining() {
				runtime.Gosched()
			}
			close(down)
			if got := <-answer; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if err := <-over; err != nil {
				t.Error(err)
			}
		})
	}
}

// What was published before goes out before the 1001, to a client that has not read it yet, too: far more
// than the kernel takes for a unix socket.
func TestShutdownSendsWhatWasPublished(t *testing.T) {
	const messages, size = 20, 100_000
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	h := serveOn(t, l, handlers{"/room": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		return r.Each(r.Join("room").Publish)
	}}}, Config{FlushTime: patience, Rooms: &room.Hub{Bytes: messages * size, Offer: stream.Offer}})
	reader, sender := dial(t, h.addr), dial(t, h.addr)
	reader.openedBy(head("/room"))
	sender.openedBy(head("/room"))
	for i := range messages {
		m := fmt.Sprint(i, " ", strings.Repeat("x", size))
		sender.send(wsh.OpcodeText, m)
		sender.want("T" + quoted(m)) // published, as far as the sender can tell
	}
	if !slices.ContainsFunc(h.Sessions(), func(x Session) bool { return x.MessagesOut < messages }) {
		t.Fatal("the kernel has taken all")
	}
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(context.Background()) }()
	sender.want(`C1001"going down"`)
	sender.sendClose(1001, "")
	for i := range messages {
		reader.want("T" + quoted(fmt.Sprint(i, " ", strings.Repeat("x", size))))
	}
	reader.want(`C1001"going down"`)
	reader.sendClose(1001, "")
	for _, c := range []*client{reader, sender} {
		c.want("EOF")
		c.Close()
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// What a handler publishes to its own client before it returns arrives, as what it sends does.
func TestTheLastPublishedArrives(t *testing.T) {
	const messages = 100
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		room := r.Join("room")
		for i := range messages {
			if err := room.Publish(wsh.Text(fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	}}}, Config{Rooms: &room.Hub{Offer: stream.Offer}})
	c := connect(t, h.addr, "/x")
	for i := range messages {
		c.want(fmt.Sprintf("T%q", fmt.Sprint(i)))
	}
	c.want(`C1000""`)
	c.sendClose(1000, "")
	c.want("EOF")
}

// A request that is read after Shutdown has begun, on a connection from before, is sent elsewhere.
func TestShutdownAnswers503(t *testing.T) {
	let := make(chan struct{})
	h := serve(t, handlers{"/deaf": {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error {
		<-let
		return nil
	}}}, Config{})
	deaf := connect(t, h.addr, "/deaf")
	late := dial(t, h.addr)
	if _, err := io.WriteString(late, "GET /deaf HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	dial(t, h.addr).request(head("/none")) // answered, so late has been accepted before
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(context.Background()) }()
	deaf.want(`C1001"going down"`)
	if res, body := late.request("Host: x\r\n\r\n"); res.StatusCode != 503 || !res.Close || !h.Draining() {
		t.Errorf("got %s, close %v: %s; want 503 and a close", res.Status, res.Close, body)
	}
	close(let)
	deaf.sendClose(1001, "")
	deaf.want("EOF")
	deaf.Close()
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestStepBetweenTwoGoodbyes(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name   string
		within time.Duration // 0: no deadline
		n      int
		want   time.Duration
	}{
		{"nobody", 10 * time.Second, 0, 2 * time.Millisecond},
		{"few", 10 * time.Second, 3, 2 * time.Millisecond},
		{"many", 10 * time.Second, 10000, 800 * time.Microsecond},
		{"many in a short time", time.Second, 10000, 80 * time.Microsecond},
		{"no deadline", 0, 10000, 2 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := context.Background()
			if tt.within > 0 {
				c, cancel := context.WithDeadline(ctx, now.Add(tt.within))
				defer cancel()
				ctx = c
			}
			if got := intervalFor(ctx, now, tt.n); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
