package host

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wshd/host/limit"
	"wshd/host/peer"
	"wshd/plugins/wsh"
)

// dialFrom is dial from another address of this machine.
func dialFrom(t *testing.T, from, addr string) *client {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		t.Skip(err) // not every system has all of 127.0.0.0/8
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &client{t, nc, bufio.NewReader(nc)}
}

// reader serves WebSockets and the plain requests of which it tells that they have begun, and whose body it
// waits for.
func reader(begun chan<- bool) *wsh.Handler {
	return &wsh.Handler{DoExtraHandshake: accept, TransferData: echo, ServeHTTP: func(w http.ResponseWriter, q *http.Request) {
		begun <- true
		io.Copy(io.Discard, q.Body)
	}}
}

const unfinished = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegun"

// drip begins a request that does not end.
func (c *client) drip(begun <-chan bool) {
	c.t.Helper()
	if _, err := io.WriteString(c, unfinished); err != nil {
		c.t.Fatal(err)
	}
	<-begun
}

func (c *client) wantsStatus(request string, want int) {
	c.t.Helper()
	res, body := c.request(request)
	if res.StatusCode != want {
		c.t.Fatalf("got %s: %s, want %d", res.Status, body, want)
	}
	if want == 429 || want == 503 {
		if res.Header.Get("Retry-After") == "" || !res.Close {
			c.t.Errorf("got %v, want Retry-After and an end", res.Header)
		}
	}
}

func TestDrippingBodiesOfOneClientLeaveRoom(t *testing.T) {
	begun := make(chan bool)
	h := serve(t, handlers{"/x": reader(begun)}, Config{Rules: Rules{Bounds: limit.Bounds{Connections: 64}}})
	for range 32 {
		dialFrom(t, "127.0.0.2", h.addr).drip(begun)
	}
	dialFrom(t, "127.0.0.2", h.addr).wantsStatus(unfinished, 429)
	var last *client
	for range 9 { // of those that are to be told there are eight
		last = dialFrom(t, "127.0.0.2", h.addr)
	}
	if got := last.frame(); got != "EOF" && !strings.Contains(got, "reset") {
		t.Errorf("got %s, want EOF", got)
	}
	dialFrom(t, "127.0.0.3", h.addr).openedBy(head("/x"))
	h.log.wait(t, "request refused", "remote=127.0.0.2", "limits.connections", "no WebSockets", `reason="too many connections from this address"`)
}

func TestPlainConnectionsCountForTheLimits(t *testing.T) {
	begun := make(chan bool)
	h := serve(t, handlers{"/x": reader(begun)}, Config{Rules: Rules{Bounds: limit.Bounds{Connections: 3, PerClient: 2}}})
	dialFrom(t, "127.0.0.2", h.addr).drip(begun)
	dialFrom(t, "127.0.0.2", h.addr).openedBy(head("/x"))
	for _, request := range []string{head("/x"), unfinished, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"} {
		dialFrom(t, "127.0.0.2", h.addr).wantsStatus(request, 429)
	}
	dialFrom(t, "127.0.0.3", h.addr).drip(begun)
	dialFrom(t, "127.0.0.4", h.addr).wantsStatus(head("/x"), 503)
	wantHits(t, h.Server, map[string]int64{"connections": 1, "per_client": 3})
}

func TestAnIdleConnectionGoesForAnother(t *testing.T) {
	h := serve(t, handlers{"/x": reader(nil)}, Config{Rules: Rules{Bounds: limit.Bounds{Connections: 3}}})
	const plain = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
	connect(t, h.addr, "/x")
	var idle []*client
	for range 2 {
		c := dial(t, h.addr)
		c.wantsStatus(plain, 404)
		idle = append(idle, c)
		waitIdle(t, h, len(idle))
	}
	connect(t, h.addr, "/x")
	if got := idle[0].frame(); got != "EOF" {
		t.Errorf("the oldest: got %s, want EOF", got)
	}
	idle[1].wantsStatus(plain, 404)
	wantHits(t, h.Server, nil)
}

// waitIdle waits until the host knows that n connections wait for another request.
func waitIdle(t *testing.T, h *testHost, n int) {
	t.Helper()
	for late := time.Now().Add(patience); h.accepted.Idle() != n; {
		if time.Now().After(late) {
			t.Fatalf("%d connections are idle, want %d", h.accepted.Idle(), n)
		}
	}
}

func TestClientsOfAProxyAreCountedOnceNamed(t *testing.T) {
	begun := make(chan bool)
	proxies, err := peer.ParseProxies([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t, handlers{"/x": reader(begun)}, Config{Proxies: proxies, Rules: Rules{Bounds: limit.Bounds{Connections: 40, PerClient: 1}}})
	of := func(n int, request string) string {
		return strings.Replace(request, "\r\nHost", fmt.Sprintf("\r\nX-Forwarded-For: 192.0.2.%d\r\nHost", n), 1)
	}
	for range 20 { // kept open by the proxy for anybody
		dial(t, h.addr)
	}
	dial(t, h.addr).openedBy(of(1, head("/x")))
	dial(t, h.addr).wantsStatus(of(1, head("/x")), 429)
	dial(t, h.addr).wantsStatus(of(1, unfinished), 429)
	c := dial(t, h.addr)
	for range 2 { // each of its requests is another client's
		c.wantsStatus(of(2, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), 404)
		c.wantsStatus(of(3, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), 404)
	}
	dial(t, h.addr).openedBy(of(2, head("/x")))
	for range 3 { // the proxy's own count for the total only
		dial(t, h.addr).openedBy(head("/x"))
	}
}

func TestWhatAHandlerHijacksIsNotCountedForEver(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo, ServeHTTP: func(w http.ResponseWriter, _ *http.Request) {
		nc, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		nc.Close()
	}}}, Config{Rules: Rules{Bounds: limit.Bounds{PerClient: 1}}})
	for range 3 {
		dial(t, h.addr).wantsStatus("GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 200)
		for late := time.Now().Add(patience); h.accepted.Count() > 0 && time.Now().Before(late); {
		}
	}
}
