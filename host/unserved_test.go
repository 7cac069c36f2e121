package host

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/host/peer"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// wantRefused waits for a line of the log, and wants the refusal counted by its reason.
func (h *testHost) wantRefused(t *testing.T, reason string, n int64, words ...string) {
	t.Helper()
	h.log.wait(t, append(words, `msg="request refused"`, `reason="`+reason+`"`, "remote=127.0.0.1")...)
	for late := time.Now().Add(patience); h.Metrics().Refused[reason] < n && time.Now().Before(late); {
		runtime.Gosched() // the log tells of the first only
	}
	if got := h.Metrics().Refused; got[reason] != n || len(got) != 1 {
		t.Errorf("counted %v, want %d for %q", got, n, reason)
	}
}

// TestWhatNeverBecameARequestIsLogged: net/http answers such by itself, or not at all.
func TestWhatNeverBecameARequestIsLogged(t *testing.T) {
	for name, raw := range map[string]string{
		"a handshake without Host": head("/x", "Host: "),
		"a host that is none":      head("/x", "Host: a b"),
		"a header that is none":    head("/x", "X: a\x01b"),
		"HTTP/3":                   strings.Replace(head("/x"), "HTTP/1.1", "HTTP/3.0", 1),
		"no HTTP":                  "EHLO example\r\n\r\n",
		"TLS":                      "\x16\x03\x01\x02\x00\n\n",
		"far too much":             head("/x", "X: "+strings.Repeat("x", 300<<10)),
		"half a head":              "GET /x HT",
	} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
			dial(t, h.addr).Close() // without a word, which is no matter
			c := dial(t, h.addr)
			io.WriteString(c, raw)
			c.Conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			h.wantRefused(t, "no well-formed request", 1)
		})
	}
}

func TestATLSHandshakeThatFailsIsLogged(t *testing.T) {
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	defer certs.Close()
	for _, tt := range []struct {
		name  string
		speak func(nc net.Conn)
		want  []string
	}{
		{"no TLS", func(nc net.Conn) { io.WriteString(nc, head("/x")) }, []string{"this address speaks TLS"}},
		{"the certificate is not trusted", func(nc net.Conn) { tls.Client(nc, &tls.Config{ServerName: "example.com"}).Handshake() }, []string{"bad certificate"}},
		{"no certificate", func(nc net.Conn) {
			c := tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
			c.Handshake()
			io.Copy(io.Discard, c)
		}, []string{"client didn't provide a certificate"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			config := &tls.Config{Certificates: certs.TLS.Certificates, ClientAuth: tls.RequireAnyClientCert}
			h := serveOn(t, tls.NewListener(l, config), handlers{}, Config{})
			dial(t, h.addr).Close()
			c := dial(t, h.addr)
			tt.speak(c.Conn)
			c.Close()
			h.wantRefused(t, "no TLS", 1, tt.want...)
		})
	}
}

// redirector is a listener that only sends on.
type redirector struct{ net.Listener }

func (redirector) RedirectTo() string { return "https:8443" }

func TestAHandshakeThatIsSentOnIsLogged(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := serveOn(t, redirector{l}, handlers{}, Config{})
	dial(t, h.addr).wantsStatus("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n", 308)
	dial(t, h.addr).wantsStatus(head("/x", "Host: example.com"), 308)
	h.wantRefused(t, "sent on to HTTPS", 1, "status=308", "resource=/x", "wss://example.com:8443")
	if got := h.Metrics().Handshakes["308"]; got != 1 {
		t.Errorf("counted %d handshakes, want 1", got)
	}
}

func TestAHandshakeOfWhomAProxySpeaksNonsenseIsCounted(t *testing.T) {
	proxies, err := peer.ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t, handlers{}, Config{Proxies: proxies})
	dial(t, h.addr).wantsStatus(head("/x", "X-Forwarded-For: nonsense"), 400)
	h.wantRefused(t, "malformed forwarding headers", 1)
	if got := h.Metrics().Handshakes["400"]; got != 1 {
		t.Errorf("counted %d handshakes, want 1", got)
	}
}

// TestAnswersAreNoEcho: what a stranger sends does not come back at length.
func TestAnswersAreNoEcho(t *testing.T) {
	long := strings.Repeat("x", 50<<10)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: echo}, "/" + long: {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	for name, raw := range map[string]string{
		"an origin":    head("/x", "Origin: https://"+long),
		"a host":       "GET /x HTTP/1.1\r\nHost: " + long + "\r\n\r\n",
		"a path":       "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"subprotocols": head("/x", "Sec-WebSocket-Protocol: "+long),
		"X-Forwarded":  head("/x", "X-Forwarded-For: "+long),
	} {
		res, body := dial(t, h.addr).request(raw)
		if len(body) > 1000 {
			t.Errorf("%s: got %s with %d bytes", name, res.Status, len(body))
		}
	}
	if n := len(h.log.String()); n > 10_000 {
		t.Errorf("the log has %d bytes", n)
	}
}

// TestAClientThatStandsStillIsLogged: with its body, and with its answer.
func TestAClientThatStandsStillIsLogged(t *testing.T) {
	h := serve(t, handlers{"/x": {ServeHTTP: func(_ http.ResponseWriter, q *http.Request) { io.Copy(io.Discard, q.Body) }}},
		Config{HandshakeTimeout: 50 * time.Millisecond})
	for h.Metrics().Refused["the body does not come"] == 0 { // on a slow machine the head does not come in time either
		c := dial(t, h.addr)
		io.WriteString(c, unfinished)
		io.Copy(io.Discard, c)
	}
	h.log.wait(t, `reason="the body does not come"`, "limits.handshake_timeout", "resource=/x", "remote=127.0.0.1")

	h = serve(t, handlers{"/x": {ServeHTTP: func(w http.ResponseWriter, _ *http.Request) {
		for b := bytes.Repeat([]byte("x"), stride); ; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}}}, Config{Rules: Rules{Stream: stream.Config{WriteTimeout: 50 * time.Millisecond}}})
	for i, request := range []string{"GET /x HTTP/1.1\r\nHost: x\r\n\r\n", head("/x")} { // the second looks like a handshake
		io.WriteString(dial(t, h.addr), request)
		h.wantRefused(t, "the answer is not read", int64(i)+1, "limits.write_timeout", "resource=/x")
	}
}

// TestAConnectionThatIsTakenHasNoTimeOfARequest: a ServeHTTP may hijack it.
func TestAConnectionThatIsTakenHasNoTimeOfARequest(t *testing.T) {
	taken := make(chan net.Conn, 1)
	h := serve(t, handlers{"/x": {ServeHTTP: func(w http.ResponseWriter, q *http.Request) {
		io.Copy(io.Discard, q.Body)
		nc, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		taken <- nc
	}}}, Config{Rules: Rules{Stream: stream.Config{WriteTimeout: time.Nanosecond}}})
	c := dial(t, h.addr)
	io.WriteString(c, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
	nc := <-taken
	defer nc.Close()
	for h.accepted.Count() > 0 { // until the request is over
		runtime.Gosched()
	}
	if _, err := io.WriteString(nc, "hello"); err != nil {
		t.Error(err)
	}
}

// TestABodyThatDoesNotComeHoldsNoStop: whoever would read it, the handler, or net/http of what nobody has read.
func TestABodyThatDoesNotComeHoldsNoStop(t *testing.T) {
	begun := make(chan bool, 1)
	for path, serveHTTP := range map[string]func(http.ResponseWriter, *http.Request){
		"/reads":  func(_ http.ResponseWriter, q *http.Request) { begun <- true; io.Copy(io.Discard, q.Body) },
		"/ignore": func(http.ResponseWriter, *http.Request) { begun <- true },
		"/waits":  func(_ http.ResponseWriter, q *http.Request) { begun <- true; <-q.Context().Done() },
	} {
		h := serve(t, handlers{path: &wsh.Handler{ServeHTTP: serveHTTP}}, Config{HandshakeTimeout: time.Hour, FlushTime: time.Millisecond})
		io.WriteString(dial(t, h.addr), strings.Replace(unfinished, "/x", path, 1))
		<-begun
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("%s: got %v", path, err)
		}
		cancel()
	}
}

// TestBodiesOfStreamsAreForgotten: many are read at once on a connection of HTTP/2, and none is remembered.
func TestBodiesOfStreamsAreForgotten(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const n = 8
	var together sync.WaitGroup
	together.Add(n)
	h := serveOn(t, secured(t, l), handlers{"/x": {ServeHTTP: func(_ http.ResponseWriter, q *http.Request) {
		together.Done()
		together.Wait()
		io.Copy(io.Discard, q.Body)
		if a := acceptedConnOf(q); q.ProtoMajor != 2 || a.keepBody != nil {
			t.Errorf("%s: it is remembered by its connection", q.Proto)
		}
	}}}, Config{})
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var posts sync.WaitGroup
	for range n {
		posts.Go(func() {
			res, err := client.Post("https://"+h.addr+"/x", "", strings.NewReader("body"))
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
		})
	}
	posts.Wait()
}
