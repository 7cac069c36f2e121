package host

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// patience bounds a test that would otherwise hang; nothing waits for it when all is well.
const patience = 20 * time.Second

// handlers is a Lookup by map.
type handlers map[string]*wsh.Handler

func (h handlers) lookup(_ context.Context, path string) Found { return found(h[path]) }

// found is a handler as a registry finds it: what is said of the path of its file holds too.
func found(h *wsh.Handler) Found {
	f := Found{Handler: h}
	if h != nil && h.Script != "" {
		f.Served = []string{"/" + strings.TrimSuffix(h.Script, "_wsh.go")}
	}
	return f
}

func accept(*wsh.Request) error { return nil }

func echo(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendMessage(m) })
}

// testHost is a Server on loopback, and what it logged.
type testHost struct {
	*Server
	addr string
	log  *lines
}

// serve starts a host with c, on handlers h.
func serve(t *testing.T, h handlers, c Config) *testHost {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if http2Only {
		return serveOn(t, secured(t, l), h, c)
	}
	return serveOn(t, l, h, c)
}

func serveOn(t *testing.T, l net.Listener, h handlers, c Config) *testHost {
	t.Helper()
	log := &lines{news: make(chan struct{}, 1)}
	c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: &log.level}))
	if c.Lookup == nil {
		c.Lookup = h.lookup
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		for ctx.Err() == nil && s.accepted.Count() > 0 { // net/http tells of an end a moment after it
			runtime.Gosched()
		}
		if n := s.accepted.Count(); n != 0 {
			t.Errorf("%d connections are counted that have ended", n)
		}
	})
	return &testHost{s, l.Addr().String(), log}
}

// lines is a log that tests can wait on.
type lines struct {
	level slog.LevelVar // info
	mu    sync.Mutex
	text  bytes.Buffer
	news  chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	select {
	case l.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wait returns the first line that holds every word.
func (l *lines) wait(t *testing.T, words ...string) string {
	t.Helper()
	late := time.After(patience)
	for {
	next:
		for line := range strings.Lines(l.String()) {
			for _, word := range words {
				if !strings.Contains(line, word) {
					continue next
				}
			}
			return line
		}
		select {
		case <-l.news:
		case <-late:
			t.Fatalf("no log line with %q in:\n%s", words, l)
		}
	}
}
