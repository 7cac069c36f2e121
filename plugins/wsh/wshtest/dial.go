package wshtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/pattern"
)

// Dialer says what a client's handshake looks like. The zero value works.
type Dialer struct {
	Resource  string   // the request target; "": /
	Pattern   string   // what the handler says by //wsh:path, which Resource must match: PathValue has what it makes of that
	Origin    string   // "": no Origin header
	Protocols []string // the subprotocols to request
	Header    http.Header
	HTTPS     bool

	RemoteAddr string          // "": 192.0.2.1:1234, an address of documentation
	User       *wsh.User       // as if the host had identified one
	Extensions []wsh.Extension // to request; none is ever answered

	// Rooms is where clients meet, and where wsh.Publish, wsh.SendTo and the like lead while the test runs.
	// nil: the rooms of the test, which all its clients share.
	Rooms *Rooms

	Log *slog.Logger // where Request.Log leads; nil: nowhere

	// Window is how many bytes may wait for the client to read before the handler's sends block. 0
	// sets no bound: a test need not read what it does not look at.
	Window int

	// Timeout is how long the handler may take to do what the test waits for; 0: 10s.
	Timeout time.Duration
}

// Dial connects to h as a client that asks for /. At the end of the test the connection is ended,
// and the handler must return. t may be nil, in an Example: then what goes wrong panics, and the
// connection lasts until Close, Abort or Wait.
func Dial(t testing.TB, h *wsh.Handler) *Client {
	t = orAlone(t)
	t.Helper()
	return Dialer{}.Dial(t, h)
}

var connections atomic.Int64

// Dial is Dial with a handshake as d says. It does not wait: see Client.Response.
func (d Dialer) Dial(t testing.TB, h *wsh.Handler) *Client {
	t = orAlone(t)
	t.Helper()
	if d.Timeout == 0 {
		d.Timeout = 10 * time.Second
	}
	c := &Client{
		t: t, patience: d.Timeout, r: d.request(), s: newStream(d.Window, d.Timeout),
		answered: make(chan struct{}), done: make(chan struct{}),
		err: errGoexit, end: End{Code: wsh.StatusAbnormalClosure},
		response: Response{Err: errGoexit},
	}
	c.t.Helper()
	if h.TransferData == nil {
		c.fatalf("the handler has no TransferData")
	}
	if !h.Life.Acquire() {
		c.fatalf("this version of the handler has ended")
	}
	c.match(d.Pattern)
	rooms, stop := d.rooms(t)
	d.Rooms = rooms
	ctx, cancel := context.WithCancel(context.Background())
	c.s.gone = cancel
	leave, end := wsh.Attach(c.r, wsh.Link{
		ID: fmt.Sprintf("c%d", connections.Add(1)), HTTPS: d.HTTPS, Context: ctx, Log: d.Log, Stream: c.s, Rooms: d.Rooms,
		Render: d.Rooms.renderer(h, c.renderFailed),
	})
	c.s.closed = func(code wsh.StatusCode, reason string) { c.r.CloseCode, c.r.CloseReason = code, reason }
	c.s.passive = func(wsh.StatusCode, string) (code wsh.StatusCode, reason string, err error) {
		if h.PassiveClosingHandshake == nil {
			return wsh.StatusNormalClosure, "", nil
		}
		err = call("PassiveClosingHandshake", func() (err error) {
			code, reason, err = h.PassiveClosingHandshake(c.r)
			return err
		})
		return code, reason, err
	}
	if t != (alone{}) {
		t.Cleanup(stop)
		t.Cleanup(c.cleanup)
		stop = func() {}
	}
	go c.run(h, leave, func() { end(); stop() })
	return c
}

// match gives the request what the wildcards of a pattern stand for.
func (c *Client) match(text string) {
	c.t.Helper()
	if text == "" {
		return
	}
	var one pattern.Set
	if err := pattern.Check(text); err != nil {
		c.fatalf("Dialer.Pattern: %v", err)
	}
	one.Add(text)
	path, _, _ := strings.Cut(c.r.Resource, "?")
	_, values, ok := one.Match(path)
	if !ok {
		c.fatalf("%s does not match the pattern %s", path, text)
	}
	for name, value := range values {
		c.r.SetPathValue(name, value)
	}
}

func (d Dialer) request() *wsh.Request {
	r := &wsh.Request{
		Method: http.MethodGet, Resource: d.Resource, Proto: "HTTP/1.1", Host: "localhost", Origin: d.Origin,
		Header: d.Header.Clone(), RemoteAddr: d.RemoteAddr, Version: 13,
		RequestedProtocols: append([]string(nil), d.Protocols...), RequestedExtensions: d.Extensions, User: d.User,
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Resource == "" {
		r.Resource = "/"
	}
	if u, err := url.ParseRequestURI(r.Resource); err == nil {
		r.URL = u
	}
	if r.RemoteAddr == "" {
		r.RemoteAddr = "192.0.2.1:1234"
	}
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": d.Origin,
		"Sec-WebSocket-Protocol": strings.Join(d.Protocols, ", "),
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

// run is the connection, as a host runs it.
func (c *Client) run(h *wsh.Handler, leave func(until time.Time), end func()) {
	decide := func() {
		if !isClosed(c.answered) {
			close(c.answered)
		}
	}
	defer close(c.done)
	defer h.Life.Release()
	defer end()
	defer h.Life.OnKill(func(error) { c.s.Fail(wsh.StatusInternalEndpointError, "") })()
	defer c.s.end()
	defer decide()
	err := call("DoExtraHandshake", func() error {
		if h.DoExtraHandshake == nil {
			return nil
		}
		return h.DoExtraHandshake(c.r)
	})
	c.response = answer(c.r, err)
	if c.err = err; c.response.Status != http.StatusSwitchingProtocols {
		return
	}
	c.err = errGoexit
	close(c.s.open)
	decide()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		c.s.watch()
	}()
	defer func() { c.s.end(); <-watching }()
	c.err = call("TransferData", func() error { return h.TransferData(c.r) })
	leave(time.Now().Add(c.patience))
	c.s.hangUp(c.err)
}

// cleanup ends the connection at the end of the test.
func (c *Client) cleanup() {
	c.t.Helper()
	c.s.in.close()
	c.s.out.drop()
	c.s.gone()
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		c.t.Errorf("the handler has not returned %v after its client was gone", c.patience)
	}
}
