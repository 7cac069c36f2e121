// Package tunnel makes a connection of a stream of HTTP/2, on which a WebSocket is spoken as it is over TCP
// (RFC 8441). A session at the other end of it knows nothing of HTTP/2.
package tunnel

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"sync"
	"time"
)

// protocolHeader is where net/http has the pseudo-header field :protocol.
const protocolHeader = ":protocol"

// pieces is how much is carried at a time.
const pieces = 4 << 10

// Bounds is what a server's HTTP/2 is bounded by: what waits for a handler is at most 64 KiB of a stream and 1 MiB
// of a connection, and a client that takes nothing of what there is for it has a timeout; 0 or less: for ever.
func Bounds(timeout time.Duration) *http.HTTP2Config {
	return &http.HTTP2Config{MaxConcurrentStreams: 100, MaxReceiveBufferPerStream: 64 << 10, MaxReceiveBufferPerConnection: 1 << 20,
		WriteByteTimeout: max(0, timeout)}
}

// Wanted reports whether a request asks for its stream to become a WebSocket: RFC 8441, section 5.
func Wanted(q *http.Request) bool {
	return q.ProtoMajor == 2 && q.Method == http.MethodConnect && q.Header.Get(protocolHeader) == "websocket"
}

// Other reports whether a request asks for its stream to become something else.
func Other(q *http.Request) bool {
	return q.ProtoMajor == 2 && q.Header.Get(protocolHeader) != "" && !Wanted(q)
}

// Header is what a handler is told of the request's header fields: those that a client wrote.
func Header(q *http.Request) http.Header {
	h := maps.Clone(q.Header)
	delete(h, protocolHeader)
	return h
}

// Tunnel carries bytes between a stream and a connection.
type Tunnel struct {
	// Conn is for the session, which speaks HTTP/1.1 and WebSocket on it and must close it.
	Conn net.Conn

	here    *conn // its other end
	w       http.ResponseWriter
	q       *http.Request
	rc      *http.ResponseController
	timeout time.Duration
	late    *time.Timer // calls reset when the client takes nothing for too long

	mu   sync.Mutex
	done bool // the stream is not ours any more
}

// New makes a tunnel for a request that is Wanted. The stream of a client that takes nothing of it for a second
// longer than timeout, when the session has given it up, is reset; 0 or less: never.
func New(w http.ResponseWriter, q *http.Request, timeout time.Duration) *Tunnel {
	session, here := pair()
	t := &Tunnel{Conn: session, here: here, w: w, q: q, rc: http.NewResponseController(w), timeout: timeout + time.Second}
	if timeout <= 0 {
		t.timeout = math.MaxInt64
	}
	t.late = time.AfterFunc(t.timeout, t.reset)
	t.late.Stop()
	return t
}

// Carry carries until both sides have ended, and must be called by the request's handler. It panics with
// http.ErrAbortHandler, which resets the stream, if the session ends without an answer.
func (t *Tunnel) Carry() {
	var up sync.WaitGroup
	up.Go(t.up)
	defer t.finish()
	defer up.Wait()        // the body's read ends when
	defer t.q.Body.Close() // this is called
	defer t.here.Close()
	if !t.answer() {
		panic(http.ErrAbortHandler)
	}
}

// reset resets the stream, of which nothing is to be touched once its request's handler has returned.
func (t *Tunnel) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.done {
		_ = t.rc.SetWriteDeadline(time.Now()) // of a stream that has just ended
	}
}

func (t *Tunnel) finish() {
	t.late.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = true
}

// up carries what the client sends.
func (t *Tunnel) up() {
	_, err := io.CopyBuffer(t.here, t.q.Body, make([]byte, pieces))
	if err != nil { // of either end
		t.here.Close()
		return
	}
	t.here.CloseWrite()
}

// answer carries the session's answer, and what it sends after it. It reports whether there was one.
func (t *Tunnel) answer() bool {
	r := bufio.NewReaderSize(t.here, pieces)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return false
	}
	h := t.w.Header()
	maps.Copy(h, res.Header)
	for _, name := range []string{"Connection", "Upgrade", "Sec-Websocket-Accept"} { // of HTTP/1.1 only
		h.Del(name)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.late.Reset(t.timeout)
		t.w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(t.w, res.Body) // a client that has gone does not miss it
		return true
	}
	t.w.WriteHeader(http.StatusOK)
	t.down(r)
	return true
}

// down carries what the session sends, each piece at once.
func (t *Tunnel) down(r *bufio.Reader) {
	for {
		t.late.Reset(t.timeout)
		b, _ := r.Peek(r.Buffered())
		_, err := t.w.Write(b)
		if err = errors.Join(err, t.rc.Flush()); err != nil {
			return
		}
		_, _ = r.Discard(len(b)) // they are buffered
		t.late.Stop()
		if _, err := r.Peek(1); err != nil { // waits for more
			return
		}
	}
}
