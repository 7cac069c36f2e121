package host

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
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

func (h handlers) lookup(_ context.Context, path string) *wsh.Handler { return h[path] }

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
	return serveOn(t, l, h, c)
}

func serveOn(t *testing.T, l net.Listener, h handlers, c Config) *testHost {
	t.Helper()
	log := &lines{news: make(chan struct{}, 1)}
	c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
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
	})
	return &testHost{s, l.Addr().String(), log}
}

// lines is a log that tests can wait on.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{}
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

// client is the other end of a connection, hand-written so that nothing of the host checks itself.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{t, nc, bufio.NewReader(nc)}
}

// head is a good handshake for path; lines replace its headers by name, or drop them with an empty
// value, or come after them.
func head(path string, change ...string) string {
	names := []string{"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}
	values := []string{"127.0.0.1", "websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ==", "13"}
	var extra []string
	given := map[string]bool{}
next:
	for _, line := range change {
		name, value, _ := strings.Cut(line, ": ")
		for i := range names {
			if names[i] == name && !given[name] {
				given[name] = true
				values[i] = value
				continue next
			}
		}
		extra = append(extra, line)
	}
	b := "GET " + path + " HTTP/1.1\r\n"
	for i, name := range names {
		if values[i] != "" {
			b += name + ": " + values[i] + "\r\n"
		}
	}
	for _, line := range extra {
		b += line + "\r\n"
	}
	return b + "\r\n"
}

// request writes raw and reads the answer's head, and its body unless it is a 101.
func (c *client) request(raw string) (*http.Response, string) {
	c.t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		c.t.Fatal(err)
	}
	method, _, _ := strings.Cut(raw, " ")
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read the answer: %v", err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, ""
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("read the answer's body: %v", err)
	}
	return res, string(body)
}

// connect opens a WebSocket connection.
func connect(t *testing.T, addr, path string, change ...string) *client {
	t.Helper()
	c := dial(t, addr)
	if res, body := c.request(head(path, change...)); res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake for %s: got %s: %s", path, res.Status, body)
	}
	return c
}

func (c *client) send(opcode wsh.Opcode, payload string) {
	c.t.Helper()
	h := wsh.FrameHeader{Fin: true, Opcode: opcode, Mask: []byte{1, 2, 3, 4}}
	if _, err := c.Write(wsh.Frame(h, []byte(payload))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) sendClose(code wsh.StatusCode, reason string) {
	c.send(wsh.OpcodeClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// frame reads one frame and formats it: T"text", B"bytes", C1000"reason", P, O; "EOF" at the end.
func (c *client) frame() string {
	c.t.Helper()
	var h [2]byte
	if _, err := io.ReadFull(c.r, h[:]); err != nil {
		if err != io.EOF {
			return err.Error()
		}
		c.Close() // the host waits for this end of TCP too
		return "EOF"
	}
	n := uint64(h[1] & 0x7f)
	if n >= 126 {
		ext := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
		if _, err := io.ReadFull(c.r, ext); err != nil {
			c.t.Fatal(err)
		}
		n = 0
		for _, b := range ext {
			n = n<<8 | uint64(b)
		}
	}
	p := make([]byte, n)
	if _, err := io.ReadFull(c.r, p); err != nil {
		c.t.Fatal(err)
	}
	if op := wsh.Opcode(h[0] & 0xF); op != wsh.OpcodeClose {
		return fmt.Sprintf("%s%q", map[wsh.Opcode]string{0: "+", 1: "T", 2: "B", 9: "P", 10: "O"}[op], p)
	}
	if len(p) < 2 {
		return "C"
	}
	return fmt.Sprintf("C%d%q", binary.BigEndian.Uint16(p), p[2:])
}

func (c *client) want(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		if got := c.frame(); got != want {
			c.t.Fatalf("got %s, want %s", got, want)
		}
	}
}
