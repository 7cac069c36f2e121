package nats

import (
	"errors"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/room/roomtest"
	"wshd/plugins/wsh"
)

func TestStoresOnDisk(t *testing.T) {
	r, _ := opened(t, &room.Hub{}, Config{Folder: t.TempDir()})
	roomtest.Stores(t, r)
}

func TestStoresOfSeveralServers(t *testing.T) {
	_, addresses := startNATS(t, 3, nil)
	r, _ := opened(t, &room.Hub{}, Config{Servers: addresses, Replicas: 3})
	for { // until the cluster has a leader
		if _, err := r.OpenStore("first"); err == nil {
			break
		}
	}
	roomtest.Stores(t, r)
}

func TestAStoreOutlastsARestartOfItsHost(t *testing.T) {
	folder := t.TempDir()
	for i := range 3 {
		r, stop := opened(t, &room.Hub{}, Config{Folder: folder})
		k, err := r.OpenStore("s")
		if err != nil {
			t.Fatal(err)
		}
		value, _, err := k.Get("k")
		if i == 0 != errors.Is(err, wsh.ErrNotFound) || i > 0 && string(value) != "v" {
			t.Errorf("got %q, %v", value, err)
		}
		if err := k.Put("k", []byte("v"), 0); err != nil {
			t.Fatal(err)
		}
		stop()
	}
}

func TestReachOnWhicheverHost(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	c := Config{Servers: addresses}
	one, _ := opened(t, &room.Hub{}, c)
	two, _ := opened(t, &room.Hub{}, c)
	s := newSink()
	gone := two.Register(wsh.Connection{ID: "host2-1", User: "ann", Stream: s})
	await(t, "the other host", func() bool {
		return one.Direct(wsh.Addressee{Member: "host2-1"}, wsh.Action{Message: wsh.Binary([]byte{0, 255})}) == nil
	})
	if p := <-s.got; !p.Message.Binary || string(p.Message.Data) != "\x00\xff" {
		t.Errorf("got %v", p)
	}
	for _, id := range []string{"host2-2", "host3-1", "*-1", "x", ".-"} {
		if err := one.Direct(wsh.Addressee{Member: id}, wsh.Action{}); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%q: got %v, want ErrNotFound", id, err)
		}
	}
	for heard := false; !heard; { // what is sent before the other host's interest is known is not for it
		if err := one.Direct(wsh.Addressee{User: "ann"}, wsh.Action{Message: wsh.Text("to ann")}); err != nil {
			t.Fatal(err)
		}
		select {
		case p := <-s.got:
			heard = p.Message.Text() == "to ann"
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := one.Direct(wsh.Addressee{Member: "host2-1"}, wsh.Action{Code: 4001, Reason: "ü"}); err != nil {
		t.Error(err)
	}
	if code := <-s.failed; code != 4001 {
		t.Errorf("closed with %d, want 4001", code)
	}
	gone()
	if err := one.Direct(wsh.Addressee{Member: "host2-1"}, wsh.Action{}); !errors.Is(err, wsh.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}
