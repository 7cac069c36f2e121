package nats

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// served checks that a room that keeps nothing goes on.
func served(t *testing.T, r *Rooms) {
	t.Helper()
	c, leave := joined(t, r, "unkept", wsh.JoinOptions{})
	publish(t, r, "unkept", "served")
	c.expect(t, "served")
	leave(time.Time{})
}

// saysUnavailable checks that one that keeps something is not there, and that the log says so once.
func saysUnavailable(t *testing.T, r *Rooms, log *logged, why string) {
	t.Helper()
	for range 2 {
		if _, err := r.Publish("kept", wsh.Text("x"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrUnavailable) {
			t.Errorf("publish: got %v, want ErrUnavailable", err)
		}
	}
	if _, err := r.Join("kept", wsh.JoinOptions{Stream: newSink(), Last: 1}); !errors.Is(err, wsh.ErrUnavailable) {
		t.Errorf("join: got %v, want ErrUnavailable", err)
	}
	if n := strings.Count(log.String(), why); n != 1 {
		t.Errorf("logged %q %d times, want once:\n%s", why, n, log)
	}
	served(t, r)
}

func badConfig(log *logged) Config {
	return Config{Log: log.logger(), Retention: map[string]room.Retention{"kept": {Messages: 3}}}
}

func TestServersThatRefuseUs(t *testing.T) {
	_, addresses := startNATS(t, 1, func(s *serverSettings) { s.User, s.Password = "u", "p" })
	log := new(logged)
	c := badConfig(log)
	c.Servers = addresses
	r, _ := opened(t, &room.Hub{}, c)
	saysUnavailable(t, r, log, "nats: Authorization Violation")
}

func TestServersThatAreNotThere(t *testing.T) {
	log := new(logged)
	c := badConfig(log)
	c.Servers = []string{"nats://127.0.0.1:1"}
	r, _ := opened(t, &room.Hub{}, c)
	saysUnavailable(t, r, log, "connection refused")
}

func TestFilesThatAreNotThere(t *testing.T) {
	log := new(logged)
	c := badConfig(log)
	c.Servers, c.Credentials = []string{"nats://127.0.0.1:1"}, "/none/at/all"
	r, _ := opened(t, &room.Hub{}, c)
	saysUnavailable(t, r, log, "/none/at/all: no such file")
}

func TestAStreamThatIsSomebodyElses(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	nc, err := natsgo.Connect(addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	name := "wshd_" + token("kept")
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{"theirs"}}); err != nil {
		t.Fatal(err)
	}
	log := new(logged)
	c := badConfig(log)
	c.Servers = addresses
	r, _ := opened(t, &room.Hub{}, c)
	saysUnavailable(t, r, log, "is none of this wshd's")
	if err := js.DeleteStream(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	publish(t, r, "kept", "now") // it is made, without a restart
	if !strings.Contains(log.String(), "rooms available again") {
		t.Errorf("logged %s", log)
	}
}

// TestAStreamWithOtherBounds is that of a wshd whose rooms.history was otherwise: it keeps what it is to keep now.
func TestAStreamWithOtherBounds(t *testing.T) {
	folder := t.TempDir()
	for _, n := range []int{5, 2} {
		r, stop := opened(t, &room.Hub{}, Config{Folder: folder, Retention: map[string]room.Retention{"kept": {Messages: n}}})
		publish(t, r, "kept", "1", "2", "3")
		if list, err := r.History("kept", 9); len(list) != min(n, 3) || err != nil {
			t.Errorf("kept %d, %v, want %d", len(list), err, n)
		}
		stop()
	}
}

// TestAStreamThatIsTakenAway, and made again by the next publish: members come back, and are told that they cannot
// be sent what they missed.
func TestAStreamThatIsTakenAway(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	r, _ := opened(t, &room.Hub{}, Config{Servers: addresses})
	c, _ := joined(t, r, "r", wsh.JoinOptions{})
	id := publish(t, r, "r", "1")[0]
	c.expect(t, "1")
	js, err := jetstream.New(r.link.Load())
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), r.streams[0].name); err != nil {
		t.Fatal(err)
	}
	publish(t, r, "r", "2")
	select {
	case code := <-c.failed:
		if code != wsh.StatusTryAgainLater {
			t.Errorf("closed with %d, want 1013", code)
		}
	case p := <-c.got:
		t.Errorf("was sent %q after a gap", p.Message.Text())
	}
	if _, err := r.Join("r", wsh.JoinOptions{Stream: newSink(), After: id}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("got %v, want ErrForgotten", err)
	}
	d, _ := joined(t, r, "r", wsh.JoinOptions{Last: 5})
	d.expect(t, "2")
}

func TestServersThatAreFull(t *testing.T) {
	_, addresses := startNATS(t, 1, func(s *serverSettings) { s.MaxStore = 1 << 20 })
	log := new(logged)
	c := badConfig(log)
	c.Servers, c.Retention = addresses, map[string]room.Retention{"kept": {Messages: 1000}}
	r, _ := opened(t, &room.Hub{}, c)
	var err error
	for range 100 {
		if _, err = r.Publish("kept", wsh.Text(strings.Repeat("x", 100<<10)), wsh.PublishOptions{}); err != nil {
			break
		}
	}
	if !errors.Is(err, wsh.ErrUnavailable) || !strings.Contains(log.String(), "insufficient storage") && !strings.Contains(log.String(), "resource") {
		t.Errorf("got %v, want ErrUnavailable; logged %s", err, log)
	}
	served(t, r)
}

func TestAMessageThatIsTooLarge(t *testing.T) {
	r, _ := opened(t, &room.Hub{}, Config{Folder: t.TempDir()})
	if _, err := r.Publish("r", wsh.Binary(make([]byte, maxPayload)), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("got %v, want ErrBadOperation", err)
	}
	publish(t, r, "r", "fits")
}

// TestADamagedStore has the end of what it keeps cut off, as a disk does that lies: it is counted and told, and who
// comes back with an id is not told a lie.
func TestADamagedStore(t *testing.T) {
	folder := t.TempDir()
	log := new(logged)
	r, stop := opened(t, &room.Hub{}, Config{Folder: folder, Log: log.logger()})
	ids := publish(t, r, "r", strings.Fields(strings.Repeat("x ", 50))...)
	stop()
	blocks, err := filepath.Glob(folder + "/jetstream/$G/streams/*/msgs/*.blk")
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%v, %v", blocks, err)
	}
	info, err := os.Stat(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(blocks[0], info.Size()/2); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(filepath.Dir(blocks[0]), "index.db"))
	r, _ = opened(t, &room.Hub{}, Config{Folder: folder, Log: log.logger()})
	list, err := r.History("r", 100)
	if err != nil {
		t.Fatal(err)
	}
	missing := 50 - len(list)
	if missing <= 0 {
		t.Fatalf("nothing is missing: the test damages nothing")
	}
	await(t, "the log", func() bool { return strings.Contains(log.String(), "store is damaged") })
	if _, err := r.Join("r", wsh.JoinOptions{Stream: newSink(), After: ids[49]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("got %v, want ErrForgotten", err)
	}
	again := publish(t, r, "r", "new")[0] // which has a number that was given before
	if again == ids[len(list)] {
		t.Errorf("the id %s was given twice", again)
	}
	if _, err := r.Join("r", wsh.JoinOptions{Stream: newSink(), After: ids[len(list)]}); !errors.Is(err, wsh.ErrForgotten) {
		t.Errorf("of the lost one: got %v, want ErrForgotten", err)
	}
}

// TestAStoreIsBegunAnew in place, as after a full disk: members and publishers notice nothing but the time.
func TestAStoreIsBegunAnew(t *testing.T) {
	log := new(logged)
	r, _ := opened(t, &room.Hub{}, Config{Folder: t.TempDir(), Log: log.logger()})
	c, _ := joined(t, r, "r", wsh.JoinOptions{})
	publish(t, r, "r", "1")
	c.expect(t, "1")
	e := r.store.Load()
	e.mu.Lock()
	e.begun = time.Time{} // else it would be too soon
	e.mu.Unlock()
	r.notAnswered(r.link.Load())
	r.notAnswered(r.link.Load()) // it is too soon
	if n := strings.Count(log.String(), "store begun anew"); n != 1 {
		t.Errorf("begun anew %d times, want once", n)
	}
	publish(t, r, "r", "2")
	c.expect(t, "2")
}
