package nats

import (
	"fmt"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// counting is a client that costs nothing but its count.
type counting struct {
	wsh.Stream
	n int
}

func (c *counting) Deliver(*wsh.Outgoing, bool) error {
	c.n++
	return nil
}

// BenchmarkPublishKept is what a publication costs that is acknowledged, and given to one member.
func BenchmarkPublishKept(b *testing.B) {
	for _, store := range []struct {
		name string
		sync bool
	}{{"store", false}, {"store, synced", true}} {
		b.Run(store.name, func(b *testing.B) {
			hub := &room.Hub{Retention: map[string]room.Retention{"*": {Messages: 1000}}}
			r := Open(hub, Config{Folder: b.TempDir(), Sync: store.sync, Retention: hub.Retention})
			defer func() { hub.Close(); r.Close() }()
			c := &counting{}
			leave, err := r.Join("r", wsh.JoinOptions{Stream: c})
			if err != nil {
				b.Fatal(err)
			}
			m := wsh.Text("hello, how are you today?")
			for b.Loop() {
				if _, err := r.Publish("r", m, wsh.PublishOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			leave(time.Now().Add(time.Minute))
		})
	}
}

// BenchmarkFirstJoin is what it costs that a room is read from the store, of more and more rooms.
func BenchmarkFirstJoin(b *testing.B) {
	for rooms := 64; rooms <= 4096; rooms *= 4 {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			hub := &room.Hub{Retention: map[string]room.Retention{"*": {Messages: 100}}}
			r := Open(hub, Config{Folder: b.TempDir(), Retention: hub.Retention})
			defer func() { hub.Close(); r.Close() }()
			name := func(i int) string { return fmt.Sprint("room", i) }
			for i := range rooms {
				if _, err := r.Publish(name(i), wsh.Text("hello"), wsh.PublishOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			i := 0
			for b.Loop() {
				leave, err := r.Join(name(i%rooms), wsh.JoinOptions{Stream: &counting{}, Last: 1})
				if err != nil {
					b.Fatal(err)
				}
				leave(time.Time{})
				i++
			}
		})
	}
}
