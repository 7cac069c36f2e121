package nats

import (
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/room/roomtest"
	"wshd/plugins/wsh"
)

// hosts are several with the same servers.
func hosts(t *testing.T, n int, c Config) (list []wsh.Rooms) {
	t.Helper()
	for range n {
		r, _ := opened(t, &room.Hub{Queue: 16}, c)
		list = append(list, r)
	}
	return list
}

func TestTwoHosts(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	h := hosts(t, 2, Config{Servers: addresses, Retention: map[string]room.Retention{"kept": {Messages: 100}}})
	for _, name := range []string{"kept", "other"} {
		a, leaveA := joined(t, h[0], name, wsh.JoinOptions{})
		b, leaveB := joined(t, h[1], name, wsh.JoinOptions{})
		if name == "other" { // what is published before the other's interest is known is not for it
			for heard := false; !heard; {
				publish(t, h[0], name, "?")
				a.expect(t, "?")
				select {
				case <-b.got:
					heard = true
				case <-time.After(10 * time.Millisecond):
				}
			}
			for len(b.got) > 0 {
				<-b.got
			}
		}
		publish(t, h[0], name, "1", "2", "3")
		a.expect(t, "1", "2", "3")
		for p := range b.got {
			if p.Message.Text() == "3" {
				break
			}
		}
		if _, err := h[1].Publish(name, wsh.Binary([]byte{0, 255}), wsh.PublishOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*sink{a, b} {
			if p := <-c.got; !p.Message.Binary || string(p.Message.Data) != "\x00\xff" {
				t.Errorf("%s: got %v", name, p)
			}
		}
		if _, err := h[0].Publish(name, wsh.Text("live"), wsh.PublishOptions{Live: true}); err != nil {
			t.Fatal(err)
		}
		a.expect(t, "live")
		b.expect(t, "live")
		leaveA(time.Time{})
		leaveB(time.Time{})
	}
	if list, err := h[1].History("kept", 10); len(list) != 4 || err != nil {
		t.Errorf("kept %d, %v", len(list), err)
	}
}

func TestRoomsAreServedWhileNATSIsAway(t *testing.T) {
	servers, addresses := startNATS(t, 1, nil)
	h := hosts(t, 1, Config{Servers: addresses, Retention: map[string]room.Retention{"kept": {Messages: 10}}})[0]
	c, _ := joined(t, h, "other", wsh.JoinOptions{})
	kept, _ := joined(t, h, "kept", wsh.JoinOptions{})
	id := publish(t, h, "kept", "1")[0]
	kept.expect(t, "1")
	servers[0].kill()
	publish(t, h, "other", "a")
	c.expect(t, "a")
	start := time.Now()
	if _, err := h.Publish("kept", wsh.Text("2"), wsh.PublishOptions{}); !errors.Is(err, wsh.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if d := time.Since(start); d > patience+2*time.Second {
		t.Errorf("it took %v, want %v at most", d, patience)
	}
	if _, err := h.Join("new", wsh.JoinOptions{Stream: newSink(), Last: 1}); err != nil {
		t.Errorf("a room that keeps nothing: %v", err)
	}
	servers[0].start(t)
	for {
		if _, err := h.Publish("kept", wsh.Text("3"), wsh.PublishOptions{Key: "3"}); err == nil {
			break
		}
	}
	for p := range kept.got {
		if p.Message.Text() == "3" {
			break
		}
	}
	back, _ := joined(t, h, "kept", wsh.JoinOptions{After: id})
	for p := range back.got {
		if p.Message.Text() == "3" {
			break
		}
	}
}

func trial(h []wsh.Rooms, publications int) *roomtest.Trial {
	return &roomtest.Trial{Hosts: h, Rooms: 3, Publishers: 4, Publications: publications, Subscribers: 4,
		Last: 10, Slow: 200, Away: 100, Patience: 2 * time.Minute}
}

func TestTrialOfTwoHosts(t *testing.T) {
	_, addresses := startNATS(t, 1, nil)
	publications := 300
	if *long {
		publications = 20000
	}
	trial(hosts(t, 2, Config{Servers: addresses}), publications).Run(t)
}

// TestTrialOfAServerThatComesAndGoes has the only server killed and started again, under load.
func TestTrialOfAServerThatComesAndGoes(t *testing.T) {
	times := 2
	if *long {
		times = 10
	}
	servers, addresses := startNATS(t, 1, nil)
	// A server that begins anew knows the keys of what it still keeps, so that here it keeps all.
	h := hosts(t, 2, Config{Servers: addresses, Retention: map[string]room.Retention{"*": {Messages: 100000}}})
	during(t, trial(h, 1500*times), func(stop <-chan struct{}) {
		for range times {
			if wait(stop, time.Second) {
				return
			}
			servers[0].kill()
			servers[0].start(t)
		}
	})
}

// TestTrialOfACluster has each server in turn killed, or stopped for a while, under load.
func TestTrialOfACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	times, pause := 1, 3*time.Second
	if *long {
		times, pause = 5, 7*time.Second
	}
	servers, addresses := startNATS(t, 3, nil)
	h := hosts(t, 3, Config{Servers: addresses, Replicas: 3, Retention: map[string]room.Retention{"*": {Messages: 100000}}})
	during(t, trial(h, 2000*times), func(stop <-chan struct{}) {
		for i := range 3 * times {
			if wait(stop, 2*time.Second) {
				return
			}
			s := servers[i%3]
			if i%2 == 0 {
				s.kill()
				wait(stop, pause)
				s.start(t)
			} else {
				s.signal(t, syscall.SIGSTOP)
				wait(stop, pause)
				s.signal(t, syscall.SIGCONT)
			}
		}
	})
}

func wait(stop <-chan struct{}, d time.Duration) (stopped bool) {
	select {
	case <-stop:
		return true
	case <-time.After(d):
		return false
	}
}

// during disturbs a trial.
func during(t *testing.T, tr *roomtest.Trial, disturb func(stop <-chan struct{})) {
	t.Helper()
	stop := make(chan struct{})
	var disturbing sync.WaitGroup
	disturbing.Go(func() { disturb(stop) })
	tr.Run(t)
	close(stop)
	disturbing.Wait()
}
