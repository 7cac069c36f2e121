package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"wshd/host/limit"
	"wshd/host/stream"
)

// bounded is a request whose client must make progress: with sending its body, and with reading the answer.
// net/http can only bound the time for the whole of each, which would be too short for large files or too
// long for everybody else.
type bounded struct {
	http.ResponseWriter
	s           *Server
	rc          *http.ResponseController
	read, write time.Duration // without progress; not above 0: for ever

	resource, remote string

	mu    sync.Mutex
	body  bool // there is more of it to come, and time left for that
	taken bool // the connection is another's now
}

// bound bounds a request. end is to be called when it has been served. It holds for handshakes, too, which may ask
// for a file, until the connection is a WebSocket's: then another bounds it.
func (s *Server) bound(w http.ResponseWriter, q *http.Request) (x http.ResponseWriter, end func()) {
	e := &bounded{ResponseWriter: w, s: s, rc: http.NewResponseController(w),
		read: s.http.ReadHeaderTimeout, write: s.config.Load().Stream.WriteTimeout, resource: q.URL.Path, remote: q.RemoteAddr}
	if e.write == 0 {
		e.write = stream.DefaultWriteTimeout
	}
	end = e.extend
	if q.Body != nil && q.Body != http.NoBody {
		e.body, q.Body = true, &boundedBody{e, q.Body}
		keepBody := context.AfterFunc(s.plain, e.endBody)
		if a := acceptedConnOf(q); a != nil && q.ProtoMajor == 1 {
			a.keepBody = keepBody // net/http reads on after us
		} else { // streams of HTTP/2 are many at once
			end = func() {
				keepBody()
				e.extend()
				e.finish() // it may be under way, and net/http's answer is gone once its handler has returned
			}
		}
	}
	e.extend()
	return e, end
}

// extend sets the deadlines anew, which hold for what net/http itself reads and writes, too.
func (e *bounded) extend() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.taken {
		return
	}
	if e.body && e.read > 0 {
		_ = e.rc.SetReadDeadline(time.Now().Add(e.read))
	}
	if e.write > 0 {
		_ = e.rc.SetWriteDeadline(time.Now().Add(e.write))
	}
}

// Hijack implements http.Hijacker. net/http takes the deadlines away.
func (e *bounded) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	nc, rw, err := e.rc.Hijack()
	if err == nil {
		e.taken, e.body = true, false
	}
	return nc, rw, err
}

// finish leaves the connection to another.
func (e *bounded) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taken, e.body = true, false
}

// letGo takes the deadlines away, for a stream of HTTP/2 that becomes a connection.
func (e *bounded) letGo() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taken, e.body = true, false
	_ = e.rc.SetReadDeadline(time.Time{})
	_ = e.rc.SetWriteDeadline(time.Time{})
}

// endBody ends the time for the body. The host goes down, and net/http, which reads what nobody has read, would
// wait for a client that does not send it.
func (e *bounded) endBody() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.body {
		e.body = false
		_ = e.rc.SetReadDeadline(time.Now())
	}
}

// over notes that there is nothing more to read. It reports whether that is new.
func (e *bounded) over() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.body
	e.body = false
	return was
}

// stride is how much may be written in one such time.
const stride = 64 << 10

// Write takes all of p, piece by piece.
func (e *bounded) Write(p []byte) (n int, err error) {
	for {
		e.extend()
		k, err := e.ResponseWriter.Write(p[:min(len(p), stride)])
		n, p = n+k, p[k:]
		if errors.Is(err, os.ErrDeadlineExceeded) {
			e.stalled(stream.LimitWriteTimeout, "the answer is not read")
		}
		if err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// FlushError is for http.ResponseController.
func (e *bounded) FlushError() error {
	e.extend()
	return e.rc.Flush()
}

// Unwrap lets http.ResponseController reach the rest.
func (e *bounded) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// boundedBody is the body of a bounded request.
type boundedBody struct {
	e *bounded
	io.ReadCloser
}

// Read takes what there is. Once that was all, the client may be silent: it waits for the answer.
func (b *boundedBody) Read(p []byte) (int, error) {
	b.e.extend()
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && b.e.over():
		b.e.stalled(limit.HandshakeTimeout, "the body does not come")
	case errors.Is(err, io.EOF) && b.e.over():
		_ = b.e.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
