package session

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
	"wshd/plugins/wsh/wshtest"
)

func accept(*wsh.Request) error { return nil }

func echo(r *wsh.Request) error { return r.Each(r.SendMessage) }

// request is a client's handshake, as a host would have read it.
func request(protocols ...string) *wsh.Request {
	return &wsh.Request{
		Method: http.MethodGet, Resource: "/x?a=b", Proto: "HTTP/1.1", Host: "localhost", URL: &url.URL{Path: "/x", RawQuery: "a=b"},
		Header:     http.Header{"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}},
		RemoteAddr: "192.0.2.1:4711", Version: 13, RequestedProtocols: protocols, User: &wsh.User{Name: "ann"},
	}
}

// reports is an owner that notes what it is told.
type reports struct {
	mu   sync.Mutex
	list []string
	log  bytes.Buffer

	returned map[string]chan struct{} // by hook: closed when it has returned
	ended    chan struct{}
}

func (r *reports) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, fmt.Sprintf(format, args...))
}

func (r *reports) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

func newReports() *reports {
	r := &reports{ended: make(chan struct{}), returned: map[string]chan struct{}{}}
	for _, hook := range []string{"DoExtraHandshake", "TransferData", "PassiveClosingHandshake"} {
		r.returned[hook] = make(chan struct{})
	}
	return r
}

func (r *reports) owner() *Owner {
	return &Owner{
		Answered: func(_ Connection, answer string) { r.add("answered %s", answer) },
		Refused:  func(_ *slog.Logger, reason string) { r.add("refused: %s", reason) },
		Returned: func(_ Connection, hook string, took time.Duration) {
			if took < 0 {
				hook = "early " + hook
			}
			r.add("returned %s", hook)
			close(r.returned[hook])
		},
		Failed: func(_ Connection, hook string, err error) { r.add("failed %s: %v", hook, err) },
		Hit:    func(limit string) { r.add("hit %s", limit) },
		Ended: func(s Connection) {
			r.add("ended %d", s.Stats().CloseCode)
			close(r.ended)
		},
	}
}

// logged is the log.
func (r *reports) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// got is what has been reported.
func (r *reports) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.list, "; ")
}

func (r *reports) has(report string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.list, report)
}

// client is the far end of a connection.
type client struct {
	t  *testing.T
	nc net.Conn
	br *bufio.Reader
}

// pair is a TCP connection: the client's end, and the one to serve.
func pair(t *testing.T) (*client, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() { near.Close() })
	return &client{t, near, bufio.NewReader(near)}, far
}

// run runs a session of h until it has ended, and returns its client and what it reports.
func run(t *testing.T, h *wsh.Handler, r *wsh.Request, change func(*Config)) (*client, *reports) {
	t.Helper()
	told := newReports()
	return runWith(t, h, r, told, change), told
}

func runWith(t *testing.T, h *wsh.Handler, r *wsh.Request, told *reports, change func(*Config)) *client {
	t.Helper()
	c, nc := pair(t)
	conf := Config{ID: "1", Path: "/x", Handler: h, Owner: told.owner(), Log: slog.New(slog.NewTextHandler(told, nil))}
	if change != nil {
		change(&conf)
	}
	s := New(nc, nil, r, conf)
	go s.Run()
	t.Cleanup(func() {
		c.nc.Close()
		<-told.ended
	})
	return c
}

// end ends the client, and waits for the session to end.
func (c *client) end(told *reports) {
	c.nc.(*net.TCPConn).CloseWrite()
	<-told.ended
}

func (c *client) send(opcode wsh.Opcode, payload string) {
	c.nc.Write(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: opcode, Mask: []byte{1, 2, 3, 4}}, []byte(payload)))
}

func (c *client) sendClose(code wsh.StatusCode) {
	c.send(wsh.OpcodeClose, string([]byte{byte(code >> 8), byte(code)}))
}

// answer reads the answer to the handshake.
func (c *client) answer() *http.Response {
	c.t.Helper()
	res, err := http.ReadResponse(c.br, nil)
	if err != nil {
		c.t.Fatalf("no answer to the handshake: %v", err)
	}
	return res
}

// next is the next frame that comes: T and a text, C and a Close frame's code, or EOF.
func (c *client) next() string {
	c.t.Helper()
	var b []byte
	for {
		h, n, err := protocol.Receiver{Client: true}.Parse(b)
		if err != nil {
			c.t.Fatal(err)
		}
		if n > 0 && len(b) == n+int(h.Size) {
			if h.Opcode != wsh.OpcodeClose {
				return "T" + string(b[n:])
			}
			code, reason, err := protocol.ParseClose(b[n:])
			if err != nil {
				c.t.Fatal(err)
			}
			return strings.TrimSpace(fmt.Sprintf("C%d %s", code, reason))
		}
		one, err := c.br.ReadByte()
		if errors.Is(err, io.EOF) && len(b) == 0 {
			return "EOF"
		}
		if err != nil {
			c.t.Fatalf("after %q: %v", b, err)
		}
		b = append(b, one)
	}
}

func (c *client) want(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		if got := c.next(); got != want {
			c.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestMain(m *testing.M) {
	if asChild() {
		return
	}
	wshtest.Main(m)
}
