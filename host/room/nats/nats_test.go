package nats

import (
	"errors"
	"flag"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/room/roomtest"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// long is for trials by hand: go test -run Trial -long ./host/room/...
var long = flag.Bool("long", false, "try for longer")

func TestMain(m *testing.M) {
	if address := os.Getenv("WSHD_TEST_NATS"); address != "" {
		serveForTest(address)
	}
	wshtest.Main(m)
}

// logged is a log that a test can read.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// opened are rooms that end with the test, or before by stop.
func opened(t *testing.T, hub *room.Hub, c Config) (r *Rooms, stop func()) {
	t.Helper()
	if c.Retention == nil {
		c.Retention = map[string]room.Retention{"*": {Messages: 100}}
	}
	hub.Retention = c.Retention
	if c.Log == nil {
		log := new(logged)
		c.Log = log.logger()
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(log)
			}
		})
	}
	r = Open(hub, c)
	var once sync.Once
	stop = func() { once.Do(func() { hub.Close(); r.Close() }) }
	t.Cleanup(stop)
	return r, stop
}

// sink is a client that takes everything.
type sink struct {
	wsh.Stream
	got    chan wsh.Publication
	failed chan wsh.StatusCode
}

func newSink() *sink {
	return &sink{got: make(chan wsh.Publication, 1<<10), failed: make(chan wsh.StatusCode, 1)}
}

func (s *sink) Deliver(m *wsh.Outgoing, _ bool) error {
	s.got <- m.Publication()
	return nil
}

func (s *sink) Fail(code wsh.StatusCode, _ string) { s.failed <- code }

// expect waits for messages, and returns the id of the last.
func (s *sink) expect(t *testing.T, texts ...string) (id string) {
	t.Helper()
	for _, want := range texts {
		select {
		case p := <-s.got:
			if got := p.Message.Text(); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			id = p.ID
		case code := <-s.failed:
			t.Fatalf("closed with %d, want %q", code, want)
		case <-time.After(20 * time.Second):
			t.Fatalf("nothing came, want %q", want)
		}
	}
	return id
}

func joined(t *testing.T, r wsh.Rooms, name string, j wsh.JoinOptions) (s *sink, leave func(time.Time)) {
	t.Helper()
	s = newSink()
	j.Stream = s
	leave, err := r.Join(name, j)
	if err != nil {
		t.Fatal(err)
	}
	return s, leave
}

func publish(t *testing.T, r wsh.Rooms, name string, texts ...string) (ids []string) {
	t.Helper()
	for _, text := range texts {
		id, err := r.Publish(name, wsh.Text(text), wsh.PublishOptions{ID: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestAStoreOutlastsARestart(t *testing.T) {
	folder := t.TempDir()
	long := strings.Repeat("é", 5000)
	names := []string{"r", "", "a room, with *.> and ü", long}
	ids := map[string][]string{}
	for _, name := range names {
		hub := &room.Hub{}
		r, stop := opened(t, hub, Config{Folder: folder})
		a, leave := joined(t, r, name, wsh.JoinOptions{})
		ids[name] = publish(t, r, name, "1", "2", "3")
		if id := a.expect(t, "1", "2", "3"); id != ids[name][2] {
			t.Errorf("got the id %s, want %s", id, ids[name][2])
		}
		leave(time.Time{})
		stop()
	}
	r, _ := opened(t, &room.Hub{}, Config{Folder: folder})
	for _, name := range names {
		b, leave := joined(t, r, name, wsh.JoinOptions{After: ids[name][0]})
		b.expect(t, "2", "3")
		publish(t, r, name, "4")
		b.expect(t, "4")
		leave(time.Time{})
		list, err := r.History(name, 3)
		if err != nil || len(list) != 3 || list[2].Message.Text() != "4" || list[0].ID != ids[name][1] || list[0].Room != name {
			t.Errorf("%.20q: got %v, %v", name, list, err)
		}
	}
	if _, err := r.Join("r", wsh.JoinOptions{Stream: newSink(), After: ids[""][0]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("another room's: got %v, want ErrForgotten", err)
	}
	if _, err := r.Publish("r", wsh.Text("\xff"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
}

func TestAKeyIsTakenOnce(t *testing.T) {
	r, _ := opened(t, &room.Hub{}, Config{Folder: t.TempDir()})
	var ids []string
	for range 3 {
		for _, name := range []string{"a", "b"} {
			id, err := r.Publish(name, wsh.Text("x"), wsh.PublishOptions{Key: "k", ID: true})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
	}
	if list, _ := r.History("a", 9); len(list) != 1 || ids[0] != ids[2] || ids[0] == ids[1] {
		t.Errorf("kept %d, ids %v", len(list), ids)
	}
}

func TestTrialOfAStore(t *testing.T) {
	publications := 500
	if *long {
		publications = 20000
	}
	for seed := range 2 {
		hub := &room.Hub{Queue: 16}
		if seed == 1 {
			hub.HistorySize = 60 * 170 // less than all rooms keep: they are read again
		}
		r, stop := opened(t, hub, Config{Folder: t.TempDir()})
		(&roomtest.Trial{Hosts: []wsh.Rooms{r}, Rooms: 3, Publishers: 4, Publications: publications, Subscribers: 4,
			Last: 10, Slow: 100, Away: 50, Seed: uint64(seed)}).Run(t)
		stop()
	}
}

func TestAFolderThatAnotherHas(t *testing.T) {
	folder := t.TempDir()
	_, stop := opened(t, &room.Hub{}, Config{Folder: folder})
	for {
		if _, err := os.Stat(folder + "/lock"); err == nil {
			break
		}
		<-time.After(time.Millisecond)
	}
	log := new(logged)
	r, _ := opened(t, &room.Hub{}, Config{Folder: folder, Log: log.logger(), Retention: map[string]room.Retention{"kept": {Messages: 3}}})
	_, err := r.Publish("kept", wsh.Text("x"), wsh.PublishOptions{})
	if !errors.Is(err, wsh.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	c, _ := joined(t, r, "other", wsh.JoinOptions{})
	publish(t, r, "other", "served")
	c.expect(t, "served")
	if text := log.String(); strings.Count(text, "another wshd uses this folder") != 1 {
		t.Errorf("logged %s", text)
	}
	stop()
	publish(t, r, "kept", "now") // the lock is free
	if !strings.Contains(log.String(), "rooms available again") {
		t.Errorf("logged %s", log)
	}
}
