package roomtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// Stores tries what wsh.Store promises, on stores that these rooms open. It is not to run beside another test
// that serves rooms.
func Stores(t *testing.T, rooms wsh.Rooms) {
	defer wsh.Serve(rooms)()
	open := func(name string) *wsh.Store {
		t.Helper()
		s, err := wsh.OpenStore(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("values", func(t *testing.T) { storeValues(t, open("a store, with *.> and ü"), open("another")) })
	t.Run("bounds", func(t *testing.T) { storeBounds(t, open(strings.Repeat("long", 500))) })
	t.Run("folders", func(t *testing.T) { storeFolders(t, open("folders")) })
	t.Run("updates", func(t *testing.T) { storeUpdates(t, open) })
	t.Run("ages", func(t *testing.T) { storeAges(t, open("ages")) })
	t.Run("watch", func(t *testing.T) { storeWatch(t, open("watch")) })
}

func storeValues(t *testing.T, s, other *wsh.Store) {
	for _, key := range []string{"k", "", " ", "ü/../*.>", "/", "a//b", strings.Repeat("x", wsh.MaxKey)} {
		if _, err := s.Get(key); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%.20q: got %v, want ErrNotFound", key, err)
		}
		for _, value := range [][]byte{{}, []byte("one"), {0, 255}, make([]byte, wsh.MaxValue)} {
			if err := s.Put(key, value); err != nil {
				t.Fatalf("%.20q: %v", key, err)
			}
			if got, err := s.Get(key); err != nil || string(got) != string(value) {
				t.Fatalf("%.20q: got %d bytes, %v, want %d", key, len(got), err, len(value))
			}
		}
		if _, err := other.Get(key); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%.20q: another store has it: %v", key, err)
		}
		for range 2 {
			if err := s.Delete(key); err != nil {
				t.Errorf("%.20q: delete: %v", key, err)
			}
		}
		if _, err := s.Get(key); !errors.Is(err, wsh.ErrNotFound) {
			t.Errorf("%.20q: got %v, want ErrNotFound", key, err)
		}
	}
}

func storeBounds(t *testing.T, s *wsh.Store) {
	for what, err := range map[string]error{
		"key":    s.Put(strings.Repeat("x", wsh.MaxKey+1), nil),
		"value":  s.Put("k", make([]byte, wsh.MaxValue+1)),
		"age":    s.PutFor("k", nil, time.Millisecond),
		"update": s.Update("k", func([]byte) ([]byte, error) { return make([]byte, wsh.MaxValue+1), nil }),
		"watch":  s.Watch(t.Context(), "no slash", nil),
	} {
		if !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("%s: got %v, want ErrBadOperation", what, err)
		}
	}
	if keys, err := s.Keys(""); len(keys) != 0 || err != nil {
		t.Errorf("got %q, %v, want none", keys, err)
	}
}

func storeFolders(t *testing.T, s *wsh.Store) {
	for _, key := range []string{"a", "a/x", "a/y z", "a/b/c", "ab/x", "/r"} {
		if err := s.Put(key, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]string{"": "/r a a/b/c a/x a/y z ab/x", "a/": "a/b/c a/x a/y z", "a/b/": "a/b/c", "/": "/r", "none/": ""} {
		if keys, err := s.Keys(prefix); strings.Join(keys, " ") != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", prefix, keys, err, want)
		}
	}
}

// storeUpdates has many count at once: none is lost.
func storeUpdates(t *testing.T, open func(string) *wsh.Store) {
	stop := errors.New("stop")
	s := open("updates")
	if err := s.Update("k", func([]byte) ([]byte, error) { return nil, stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the function's error", err)
	}
	const counters, times = 4, 25
	var counting sync.WaitGroup
	for range counters {
		counting.Go(func() {
			s := open("updates")
			for range times {
				if err := s.Update("n", func(old []byte) ([]byte, error) {
					n := 0
					_, _ = fmt.Sscan(string(old), &n)
					return fmt.Append(nil, n+1), nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	counting.Wait()
	if got, err := s.Get("n"); string(got) != fmt.Sprint(counters*times) || err != nil {
		t.Errorf("counted %s, %v, want %d", got, err, counters*times)
	}
	if err := s.Delete("n"); err != nil {
		t.Fatal(err)
	}
	if err := s.Update("n", func(old []byte) ([]byte, error) { return append(old, "new"...), nil }); err != nil {
		t.Error(err)
	}
	if got, _ := s.Get("n"); string(got) != "new" {
		t.Errorf("after a delete: got %q", got)
	}
}

func storeAges(t *testing.T, s *wsh.Store) {
	told := make(chan wsh.Entry, 10)
	var watching sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer func() { cancel(); watching.Wait() }()
	watching.Go(func() {
		if err := s.Watch(ctx, "", func(e wsh.Entry) { told <- e }); err != nil {
			t.Error(err)
		}
	})
	if err := s.PutFor("short", []byte("x"), time.Second); err != nil {
		t.Fatal(err)
	}
	if err := s.PutFor("kept", []byte("x"), time.Second); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("kept", []byte("y")); err != nil {
		t.Fatal(err)
	}
	for e := range told {
		if e.Key == "short" && e.Deleted {
			break
		}
	}
	if _, err := s.Get("short"); !errors.Is(err, wsh.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if got, err := s.Get("kept"); string(got) != "y" || err != nil {
		t.Errorf("got %q, %v, want y", got, err)
	}
	if keys, err := s.Keys(""); !slices.Equal(keys, []string{"kept"}) || err != nil {
		t.Errorf("got %q, %v, want kept", keys, err)
	}
	if err := s.Update("short", func(old []byte) ([]byte, error) { return append(old, "again"...), nil }); err != nil {
		t.Error(err)
	}
	if got, err := s.Get("short"); string(got) != "again" || err != nil {
		t.Errorf("got %q, %v, want again", got, err)
	}
}

func storeWatch(t *testing.T, s *wsh.Store) {
	for _, key := range []string{"in/a", "out", "in/gone"} {
		if err := s.Put(key, []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete("in/gone"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan string)
	done := make(chan error)
	go func() {
		done <- s.Watch(ctx, "in/", func(e wsh.Entry) { told <- fmt.Sprint(e.Key, " ", string(e.Value), e.Deleted) })
	}()
	expect := func(want string) {
		t.Helper()
		if got := <-told; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	expect("in/a 1false")
	if err := s.Put("out", []byte("2")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("in/b", []byte("2")); err != nil {
		t.Fatal(err)
	}
	expect("in/b 2false")
	if err := s.Delete("in/a"); err != nil {
		t.Fatal(err)
	}
	expect("in/a true")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
