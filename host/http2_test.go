package host

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"wshd/host/limit"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// http2Only has the clients of tests speak HTTP/2: in a process of its own, since net/http reads when it starts
// whether extended CONNECT is wanted.
var http2Only = os.Getenv("WSHD_TEST_HTTP2") != ""

// secured speaks TLS on a listener, and offers HTTP/2 there.
func secured(t *testing.T, l net.Listener) net.Listener {
	t.Helper()
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	certs.Close()
	return tls.NewListener(l, &tls.Config{Certificates: certs.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}})
}

// TestHTTP2 runs what RFC 6455 and RFC 7692 ask for over HTTP/2, and the tests of HTTP/2 itself.
func TestHTTP2(t *testing.T) {
	if !http2Only {
		t.Parallel()
		wire := "TestEveryFirstOctet TestEveryLength TestMasks TestFragments TestControlFrames TestOwnFragments TestCloseByTheClient " +
			"TestCloseByTheServer TestNothingIsReadAfterAFault TestCloseCodesReceived TestCloseCodesSent TestTextCutAnywhere " +
			"TestBadTextFailsAtItsFirstBadOctet TestCompressedOctets TestCompressedBit TestBadCompressedData TestAnswersToOffers TestHTTP2"
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^("+strings.ReplaceAll(wire, " ", "|")+")$")
		cmd.Env = append(os.Environ(), "WSHD_TEST_HTTP2=1", "GODEBUG=http2xconnect=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, name := range strings.Fields(wire) {
			if !strings.Contains(string(out), "--- PASS: "+name+" ") {
				t.Errorf("%s did not run", name)
			}
		}
		return
	}
	t.Run("several streams of one connection", testStreamsShareAConnection)
	t.Run("a stream that stalls", testAStreamThatStallsHoldsUpNoOther)
	t.Run("refusals", testStreamsAreRefused)
	t.Run("raw", testRawIsRefusedOnAStream)
	t.Run("limits", testStreamsCountAsConnections)
	t.Run("going down", testStreamsAreDrained)
	t.Run("going down after bodies", testABodyOfThePastIsLeftAlone)
	t.Run("a client that reads nothing", testAConnectionThatStallsEnds)
}

func testStreamsShareAConnection(t *testing.T) {
	told := make(chan *wsh.Request, 2)
	h := serve(t, handlers{"/echo": {DoExtraHandshake: func(r *wsh.Request) error {
		told <- r
		return nil
	}, TransferData: echo}}, Config{})
	nc, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	c := dialHTTP2(t, nc)
	if !c.connect {
		t.Fatal("extended CONNECT is not offered")
	}
	a, b := streamClient(t, c), streamClient(t, c)
	a.openedBy(head("/echo?a"))
	b.openedBy(head("/echo?b"))
	for range 2 {
		r := <-told
		if r.Proto != "HTTP/2.0" || r.Method != "GET" || r.Header.Get(":protocol") != "" || r.Host != "127.0.0.1" || !strings.HasPrefix(r.Resource, "/echo?") {
			t.Errorf("the handler is told %+v", r)
		}
	}
	if got := h.Connections(); got != 2 {
		t.Errorf("got %d connections, want 2", got)
	}
	b.send(wsh.OpcodeText, "to b")
	a.send(wsh.OpcodeText, "to a")
	a.want(`T"to a"`)
	b.want(`T"to b"`)
	a.sendClose(1000, "")
	a.want(`C1000""`, "EOF")
	b.send(wsh.OpcodeText, "still there")
	b.want(`T"still there"`)
	b.Close()
	h.log.wait(t, "connection closed", "code=1006")
}

func streamClient(t *testing.T, c *http2Conn) *client { return newClient(t, c.stream()) }

func connectHTTP2(t *testing.T, h *testHost, settings ...http2.Setting) *http2Conn {
	t.Helper()
	nc, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return dialHTTP2(t, nc, settings...)
}

func testAStreamThatStallsHoldsUpNoOther(t *testing.T) {
	flooding := make(chan struct{})
	flood := func(r *wsh.Request) error {
		close(flooding)
		for {
			if err := r.SendText(strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
	}
	h := serve(t, handlers{
		"/flood": {DoExtraHandshake: accept, TransferData: flood},
		"/echo":  {DoExtraHandshake: accept, TransferData: echo},
	}, Config{Rules: Rules{Stream: stream.Config{WriteTimeout: time.Second, CloseTimeout: time.Second}}})
	c := connectHTTP2(t, h)
	// As browsers do, more for all streams than for one: who has no room for the connection stalls it all.
	if err := c.fr.WriteWindowUpdate(0, 1<<20); err != nil {
		t.Fatal(err)
	}
	stalled := c.stream()
	stalled.deaf = true
	newClient(t, stalled).openedBy(head("/flood"))
	<-flooding
	other := streamClient(t, c)
	other.openedBy(head("/echo"))
	// The other goes on before, while and after the stalled one is given up.
	for i := 0; !strings.Contains(h.log.String(), "resource=/flood"); i++ {
		other.send(wsh.OpcodeText, strconv.Itoa(i))
		other.want(fmt.Sprintf("T%q", strconv.Itoa(i)))
	}
	if line := h.log.wait(t, "resource=/flood"); !strings.Contains(line, "code=1006") {
		t.Errorf("got %s", line)
	}
	if h.Metrics().Limits[stream.LimitWriteTimeout] != 1 {
		t.Errorf("got %v, want a write timeout", h.Metrics().Limits)
	}
	c.wait(func() bool { return stalled.end != nil }) // the stream is reset
	other.send(wsh.OpcodeText, "after it")
	other.want(`T"after it"`)
}

func testStreamsAreRefused(t *testing.T) {
	refuse := func(r *wsh.Request) error {
		if r.Resource == "/abort" {
			return wsh.ErrAborted
		}
		return &wsh.HandshakeError{Status: 403}
	}
	h := serve(t, handlers{"/x": {DoExtraHandshake: refuse, TransferData: echo}, "/abort": {DoExtraHandshake: refuse, TransferData: echo},
		"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	c := connectHTTP2(t, h)
	for _, tt := range []struct {
		raw  string
		want int
	}{
		{head("/missing"), 404},
		{head("/x"), 403},
		{head("/echo", "Origin: https://evil.example"), 403},
		{head("/echo", "Sec-WebSocket-Version: 12"), 400},
		{head("/echo", "Sec-WebSocket-Extensions: ;"), 400},
		{head("/echo", "Content-Length: 3"), 400},
		{head("/echo", "Upgrade: connect-udp"), 501},
	} {
		if res, body := streamClient(t, c).request(tt.raw); res.StatusCode != tt.want {
			t.Errorf("%q: got %s %s, want %d", tt.raw, res.Status, body, tt.want)
		}
	}
	aborted := c.stream()
	if _, err := io.WriteString(aborted, head("/abort")); err != nil {
		t.Fatal(err)
	}
	if _, err := aborted.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "reset") {
		t.Errorf("got %v, want a reset", err)
	}
	good := streamClient(t, c) // on the same connection
	good.openedBy(head("/echo"))
	good.send(wsh.OpcodeText, "x")
	good.want(`T"x"`)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		t.Error("the connection was told to go for what one stream did")
	}
}

func testRawIsRefusedOnAStream(t *testing.T) {
	errs := make(chan error, 3)
	h := serve(t, handlers{"/raw": {DoExtraHandshake: func(r *wsh.Request) error {
		errs <- r.WriteRaw([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		return nil
	}, TransferData: func(r *wsh.Request) error {
		errs <- r.WriteRaw([]byte("x"))
		_, err := r.ReadRaw(1)
		errs <- err
		return r.SendText("done")
	}}}, Config{})
	c := streamClient(t, connectHTTP2(t, h))
	c.openedBy(head("/raw"))
	c.want(`T"done"`, `C1000""`)
	for range 3 {
		if err := <-errs; !errors.Is(err, wsh.ErrBadOperation) || !strings.Contains(err.Error(), "HTTP/2") {
			t.Errorf("got %v, want the reason", err)
		}
	}
}

func testStreamsCountAsConnections(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{Rules: Rules{Bounds: limit.Bounds{PerClient: 3}}})
	c := connectHTTP2(t, h) // which is one
	first := streamClient(t, c)
	first.openedBy(head("/echo"))
	streamClient(t, c).openedBy(head("/echo"))
	if res, _ := streamClient(t, c).request(head("/echo")); res.StatusCode != 429 {
		t.Errorf("got %s, want 429", res.Status)
	}
	first.sendClose(1000, "")
	first.want(`C1000""`, "EOF")
	h.log.wait(t, "connection closed")
	for { // the place is free a moment later
		if res, _ := streamClient(t, c).request(head("/echo")); res.StatusCode == 101 {
			break
		}
	}
}

func testStreamsAreDrained(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	c := connectHTTP2(t, h)
	a, b := streamClient(t, c), streamClient(t, c)
	a.openedBy(head("/echo"))
	b.openedBy(head("/echo"))
	down := make(chan error, 1)
	go func() { down <- h.Shutdown(t.Context()) }()
	for _, s := range []*client{a, b} {
		s.want(`C1001"going down"`)
		s.sendClose(1001, "")
		s.want("EOF")
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	c.wait(func() bool { return false }) // the connection ends
}

// testABodyOfThePastIsLeftAlone: a request that has been answered has nothing to be hurried at a stop.
func testABodyOfThePastIsLeftAlone(t *testing.T) {
	h := serve(t, handlers{"/page": {ServeHTTP: func(w http.ResponseWriter, q *http.Request) { io.Copy(w, q.Body) }}}, Config{})
	pool := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer pool.CloseIdleConnections()
	for range 3 {
		res, err := pool.Post("https://"+h.addr+"/page", "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		if res.Body.Close(); err != nil || string(text) != "hello" || res.ProtoMajor != 2 {
			t.Errorf("got %q by %s, %v", text, res.Proto, err)
		}
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func testAConnectionThatStallsEnds(t *testing.T) {
	flood := func(r *wsh.Request) error {
		for {
			if err := r.SendText(strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
	}
	h := serve(t, handlers{"/flood": {DoExtraHandshake: accept, TransferData: flood}},
		Config{Rules: Rules{Stream: stream.Config{WriteTimeout: time.Second, CloseTimeout: time.Second}}})
	const room = 1 << 30 // more than TCP takes
	c := connectHTTP2(t, h, http2.Setting{ID: http2.SettingInitialWindowSize, Val: room})
	if err := c.fr.WriteWindowUpdate(0, room); err != nil {
		t.Fatal(err)
	}
	streamClient(t, c).openedBy(head("/flood"))
	c.mu.Lock() // nothing more is read, nor answered
	defer c.mu.Unlock()
	h.log.wait(t, "resource=/flood", "code=1006")
	for h.Connections() > 0 || h.accepted.Count() > 0 { // the stream has ended, and the connection with it
		runtime.Gosched()
	}
}
