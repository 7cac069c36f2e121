package host

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wshd/host/door"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// memory is a client that has sent everything before, in pieces of step octets, and then ended its
// half of the connection. It is its own listener, which accepts it once.
type memory struct {
	in   []byte
	step int

	mu      sync.Mutex
	out     bytes.Buffer
	closed  chan struct{} // by the server
	accepts chan net.Conn
	over    chan struct{} // no more to accept
}

func newMemory(in []byte, step int) *memory {
	m := &memory{in: in, step: step, closed: make(chan struct{}), accepts: make(chan net.Conn, 1), over: make(chan struct{})}
	m.accepts <- memoryConn{m}
	return m
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case nc := <-m.accepts:
		return nc, nil
	case <-m.over:
		return nil, net.ErrClosed
	}
}

func (m *memory) Addr() net.Addr { return memoryAddr{} }

func (m *memory) Close() error {
	close(m.over)
	return nil
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }

type memoryConn struct{ m *memory }

func (c memoryConn) Read(p []byte) (int, error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if len(c.m.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.m.in[:min(c.m.step, len(c.m.in))])
	c.m.in = c.m.in[n:]
	return n, nil
}

func (c memoryConn) Write(p []byte) (int, error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.m.out.Write(p)
}

func (c memoryConn) Close() error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	select {
	case <-c.m.closed:
	default:
		close(c.m.closed)
	}
	return nil
}

func (memoryConn) LocalAddr() net.Addr              { return memoryAddr{} }
func (memoryConn) RemoteAddr() net.Addr             { return memoryAddr{} }
func (memoryConn) SetDeadline(time.Time) error      { return nil }
func (memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (memoryConn) SetWriteDeadline(time.Time) error { return nil }

// FuzzHandshake sends octets to a server and compares whether it lets them in with what an independent
// reader says. A server that hangs is a deadlock of the bubble, and found at once.
func FuzzHandshake(f *testing.F) {
	for _, raw := range handshakeSeeds() {
		f.Add([]byte(raw), false)
		f.Add([]byte(raw+fr(0x81, "x")+closeFrame(1000, "")), true)
	}
	f.Fuzz(exchange)
}

// TestHandshakesAtRandom gives the oracle what bytes at random hardly ever make: whole handshakes of
// which a few lines are wrong, doubled, or in another place.
func TestHandshakesAtRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(64, 55))
	verdicts := map[verdict]int{}
	for range 1500 {
		lines := make([]string, 0, 12)
		for i, choices := range fieldChoices {
			for again := true; again; again = rnd.IntN(40) == 0 {
				choice := choices[0]
				if rnd.IntN(8) == 0 {
					choice = choices[rnd.IntN(len(choices))]
				}
				if choice != "" && (i == 0 || rnd.IntN(60) > 0) {
					lines = append(lines, choice)
				}
			}
		}
		fields := lines[min(1, len(lines)):]
		rnd.Shuffle(len(fields), func(a, b int) { fields[a], fields[b] = fields[b], fields[a] })
		in := []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
		verdicts[judge(in).verdict]++
		exchange(t, in, rnd.IntN(4) == 0)
		if t.Failed() {
			t.Fatalf("with %q", in)
		}
	}
	if verdicts[in101] < 250 || verdicts[no101] < 500 {
		t.Errorf("%v: the handshakes are too much of a kind", verdicts)
	}
}

// exchange serves one client, who sends in.
func exchange(t *testing.T, in []byte, slow bool) {
	synctest.Test(t, func(t *testing.T) {
		step := len(in) + 1
		if slow {
			step = 1
		}
		m := newMemory(in, step)
		hooks := 0
		first := func(r *wsh.Request) error {
			hooks++
			if len(r.RequestedProtocols) > 0 {
				r.Protocol = r.RequestedProtocols[0]
			}
			return nil
		}
		found := handlers{"/echo": {DoExtraHandshake: first, TransferData: echo}}
		s, err := New(Config{Lookup: found.lookup, Rules: Rules{Door: door.Rules{Origins: []string{"*"}}, Stream: stream.Config{Compression: true}}})
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(m) }()
		<-m.closed
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		checkAnswers(t, in, m.out.Bytes(), hooks)
	})
}

// checkAnswers reads what the server wrote. Only the first request is the oracle's to judge: what comes
// behind one that was refused is another.
func checkAnswers(t *testing.T, in, out []byte, hooks int) {
	want := judge(in)
	r := bufio.NewReader(bytes.NewReader(out))
	for n := 0; ; n++ {
		if _, err := r.Peek(1); err != nil { // no more answers
			if n == 0 && want.verdict == in101 {
				t.Fatalf("no answer, want 101")
			}
			if hooks != 0 {
				t.Errorf("the hook was called %d times for no 101", hooks)
			}
			return
		}
		res, err := http.ReadResponse(r, &http.Request{Method: want.method})
		if err != nil {
			t.Fatalf("answer %d of %q: %v", n, out, err)
		}
		upgraded := res.StatusCode == http.StatusSwitchingProtocols
		if n == 0 && (upgraded && want.verdict == no101 || !upgraded && want.verdict == in101) {
			t.Fatalf("got %s, but: %s", res.Status, want.why)
		}
		if upgraded {
			if hooks != 1 {
				t.Errorf("the hook was called %d times", hooks)
			}
			if n == 0 && want.verdict == in101 {
				checkUpgrade(t, res, want)
			}
			checkRest(t, r)
			return
		}
		if res.StatusCode < 400 && want.method != "OPTIONS" { // net/http answers OPTIONS * itself
			t.Fatalf("got %s", res.Status)
		}
		if n > 0 || res.Close {
			return // what came behind may have been a HEAD, or anything
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatalf("answer %d of %q: %v", n, out, err)
		}
	}
}

func checkUpgrade(t *testing.T, res *http.Response, want judgement) {
	if got := res.Header.Get("Sec-WebSocket-Accept"); got != acceptOf(want.key) {
		t.Errorf("key %q: got Sec-WebSocket-Accept %q", want.key, got)
	}
	if !strings.EqualFold(res.Header.Get("Upgrade"), "websocket") || !strings.EqualFold(res.Header.Get("Connection"), "upgrade") {
		t.Errorf("got %v", res.Header)
	}
	if got := res.Header.Get("Sec-WebSocket-Protocol"); got != want.protocol {
		t.Errorf("got the subprotocol %q, want %q", got, want.protocol)
	}
	got := res.Header.Get("Sec-WebSocket-Extensions")
	if name, _, _ := strings.Cut(got, ";"); got != "" && (name != "permessage-deflate" || !strings.Contains(want.offers, name)) {
		t.Errorf("got the extensions %q, which nobody offered", got)
	}
}

// checkRest: what follows the 101 is frames.
func checkRest(t *testing.T, r *bufio.Reader) {
	c := &client{t: t, r: r}
	for {
		if _, _, err := c.readFrame(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("after the 101: %v", err)
		}
	}
}
