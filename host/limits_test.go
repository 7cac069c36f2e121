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

	"wshd/host/door"
	"wshd/host/limit"
	"wshd/plugins/wsh"
)

// tries makes a handshake, and reports its status, and when to come again.
func tries(t *testing.T, addr, path string) string {
	t.Helper()
	res, _ := dial(t, addr).request(head(path))
	return strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", res.Header.Get("Retry-After")))
}

func wantHits(t *testing.T, s *Server, want map[string]int64) {
	t.Helper()
	if got := s.limits.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("limits hit: got %v, want %v", got, want)
	}
}

func TestConnectionsAreBoundedInAllByPathAndByClient(t *testing.T) {
	c := Config{}
	c.Bounds = limit.Bounds{Connections: 4}
	c.Paths = map[string]*Rules{
		"/few":  {Bounds: limit.Bounds{Group: "/few", Connections: 2}},
		"/mine": {Bounds: limit.Bounds{Group: "/mine", PerClient: 1}},
	}
	hold := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	h := serve(t, handlers{"/few": hold, "/mine": hold, "/any": hold}, c)
	want := func(path, want string) {
		t.Helper()
		if got := tries(t, h.addr, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	first := connect(t, h.addr, "/few")
	connect(t, h.addr, "/few")
	want("/few", "503 10")
	connect(t, h.addr, "/mine")
	want("/mine", "429 10")
	connect(t, h.addr, "/any")
	want("/any", "503 10")
	h.log.wait(t, "request refused", "status=503", "resource=/few", `reason="too many connections"`, "limits.connections")
	h.log.wait(t, "request refused", "status=429", `reason="too many connections from this address"`, "limits.per_client")
	wantHits(t, h.Server, map[string]int64{"connections": 2, "per_client": 1})

	first.sendClose(1000, "")
	first.want(`C1000""`, "EOF")
	h.log.wait(t, "connection closed")
	for {
		if s := tries(t, h.addr, "/few"); s == "101" { // its place is free right after that line
			break
		}
	}
}

func TestHandshakesOfAClientAreBounded(t *testing.T) {
	hold := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	asked := 0
	c := Config{HandshakesPerSecond: 1}
	c.Door.Basic = func(door.Guess) error { asked++; return door.ErrWrong }
	h := serve(t, handlers{"/x": hold}, c)
	start := time.Now()
	nc, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	const n = 20 // at once, so that no slow machine makes them seldom
	if _, err := nc.Write([]byte(strings.Repeat(strings.Replace(head("/x"), "\r\n\r\n", "\r\nAuthorization: Basic YTpi\r\n\r\n", 1), n))); err != nil {
		t.Fatal(err)
	}
	var got []string
	for br := bufio.NewReader(nc); len(got) < n; {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		got = append(got, strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", res.Header.Get("Retry-After"))))
	}
	all := strings.Join(got, ", ")
	if got[0] != "401" || !strings.Contains(all, "429 1") || asked > 2+int(time.Since(start)/time.Second) {
		t.Errorf("got %s, and %d passwords were looked at", all, asked)
	}
	if hits := h.limits.Counts()["handshakes_per_second"]; hits != int64(n-asked) {
		t.Errorf("%d hits, want %d", hits, n-asked)
	}
	if res, _ := dial(t, h.addr).request("GET /y HTTP/1.1\r\nHost: x\r\n\r\n"); res.StatusCode != 401 {
		t.Errorf("a plain request: got %s, want 401", res.Status)
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}}, Config{HeaderSize: 2 << 10})
	for _, tt := range []struct{ size, want int }{{1000, 101}, {3000, 431}, {30000, 431}} {
		q := strings.Replace(head("/x"), "\r\n\r\n", "\r\nX-Big: "+strings.Repeat("x", tt.size)+"\r\n\r\n", 1)
		if res, _ := dial(t, h.addr).request(q); res.StatusCode != tt.want {
			t.Errorf("%d bytes: got %s, want %d", tt.size, res.Status, tt.want)
		}
	}
	wantHits(t, h.Server, map[string]int64{"header_size": 1}) // net/http answers the largest
	h.log.wait(t, "request refused", "status=431", "limits.header_size")
}

func TestSlowHandshakesAreCutOff(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}}, Config{HandshakeTimeout: 100 * time.Millisecond})
	for _, begun := range []string{"", "GET /x HT"} {
		nc, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(patience))
		nc.Write([]byte(begun))
		b := make([]byte, 1000)
		for err == nil {
			_, err = nc.Read(b)
		}
	}
	h.log.wait(t, "request refused", `reason="no request in time"`, "limits.handshake_timeout")
	connect(t, h.addr, "/x")
	n := 0
	h.conns.Range(func(any, any) bool { n++; return true })
	if n > 2 {
		t.Errorf("%d connections are remembered", n)
	}
}

func TestLimitsOfAConnectionAreCounted(t *testing.T) {
	c := Config{}
	c.Stream.MessageSize = 3
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}}, c)
	x := connect(t, h.addr, "/x")
	x.send(wsh.OpcodeText, "four")
	x.want(`C1009"…"`)
	x.sendClose(1009, "")
	x.want("EOF")
	h.log.wait(t, "connection closed", "code=1009", "message of more than 3 bytes")
	wantHits(t, h.Server, map[string]int64{"message_size": 1})
}
