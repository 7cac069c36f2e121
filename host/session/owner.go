package session

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// Connection is a session as its server sees it, wherever its hooks run. All but Accepted may be called at
// any time; what each does is said at Session.
type Connection interface {
	Info() Info
	Handler() *wsh.Handler
	Stats() stream.Stats
	Opened() bool
	Accepted() bool
	Flush()
	Fail(code wsh.StatusCode, reason string)
	Abort()
}

// Process is a handler's, whose hooks do not run here: a wsh.Handler's Process.
type Process interface {
	// Hand gives a session of the process the connection that New would be given. It runs from when
	// begin is called; discard ends it instead.
	Hand(nc net.Conn, read []byte, r *wsh.Request, c Config) (x Connection, begin, discard func(), err error)

	// ServeHTTP answers a plain request.
	ServeHTTP(w http.ResponseWriter, q *http.Request)
}

// Owner is called for what happens to sessions, from their goroutines. It must not wait for a session. A
// function that is nil is not called.
type Owner struct {
	// Answered is called with the answer to the opening handshake, before that is written: "101", the status
	// that refuses it, or "aborted".
	Answered func(s Connection, answer string)

	// Refused is called with the reason why a handshake is refused, other than a failing hook, and the logger
	// for it: clients can cause that as often as they like.
	Refused func(log *slog.Logger, reason string)

	// Returned is called when a hook has returned or panicked, with how long it took.
	Returned func(s Connection, hook string, took time.Duration)

	// Failed is called, after it has been logged, with the error of a hook.
	Failed func(s Connection, hook string, err error)

	// Hit is called with the name of each limit of stream.Config that is met.
	Hit func(limit string)

	// Ended is called when a session's connection has ended and none of its hooks runs any more.
	Ended func(s Connection)
}

func (o *Owner) answered(s Connection, answer string) {
	if o.Answered != nil {
		o.Answered(s, answer)
	}
}

func (o *Owner) refused(log *slog.Logger, reason string) {
	if o.Refused != nil {
		o.Refused(log, reason)
	}
}

func (o *Owner) returned(s Connection, hook string, took time.Duration) {
	if o.Returned != nil {
		o.Returned(s, hook, took)
	}
}

func (o *Owner) failed(s Connection, hook string, err error) {
	if o.Failed != nil {
		o.Failed(s, hook, err)
	}
}

func (o *Owner) ended(s Connection) {
	if o.Ended != nil {
		o.Ended(s)
	}
}
