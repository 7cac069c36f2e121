package host

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"wshd/host/limit"
	"wshd/host/stream"
)

// bounded is a request whose client must go on: send its body, and take the answer. net/http bounds
// neither, nor what it reads of a body that nobody wants, except by bounds of the whole, which would
// be too short for large files or too long for everybody else.
type bounded struct {
	http.ResponseWriter
	s           *Server
	rc          *http.ResponseController
	read, write time.Duration // without progress; not above 0: for ever
	body        bool          // there is more of it, and the client has time to send that
}

// bound bounds a request. end is to be called when it has been served. A handshake without a body is
// left alone: its answer is short, and then another bounds it.
func (s *Server) bound(w http.ResponseWriter, q *http.Request) (x http.ResponseWriter, end func()) {
	hasBody := q.Body != nil && q.Body != http.NoBody
	if !hasBody && isHandshake(q) {
		return w, func() {}
	}
	e := &bounded{ResponseWriter: w, s: s, rc: http.NewResponseController(w),
		read: s.http.ReadHeaderTimeout, write: s.config.Load().Stream.WriteTimeout}
	if e.write == 0 {
		e.write = stream.DefaultWriteTimeout
	}
	if hasBody {
		e.body, q.Body = true, &boundedBody{e, q.Body}
	}
	e.goOn()
	return e, e.goOn
}

// goOn begins the time anew, for what net/http reads and writes, too. Deadlines cannot be set for a
// connection that has been taken over, and need not.
func (e *bounded) goOn() {
	if e.body && e.read > 0 {
		_ = e.rc.SetReadDeadline(time.Now().Add(e.read))
	}
	if e.write > 0 {
		_ = e.rc.SetWriteDeadline(time.Now().Add(e.write))
	}
}

// stride is how much may be written in one such time.
const stride = 64 << 10

// Write takes all of p, piece by piece.
func (e *bounded) Write(p []byte) (n int, err error) {
	for {
		e.goOn()
		k, err := e.ResponseWriter.Write(p[:min(len(p), stride)])
		n, p = n+k, p[k:]
		if errors.Is(err, os.ErrDeadlineExceeded) {
			e.s.limits.Add(stream.LimitWriteTimeout)
		}
		if err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// FlushError is for http.ResponseController.
func (e *bounded) FlushError() error {
	e.goOn()
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
	b.e.goOn()
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && b.e.body:
		b.e.body = false // its time is over
		b.e.s.limits.Add(limit.HandshakeTimeout)
	case errors.Is(err, io.EOF) && b.e.body:
		b.e.body = false
		_ = b.e.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
