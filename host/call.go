package host

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// This file is the only place that calls hooks. It holds the recover and the two tables: what an
// error of the handshake hook answers, and what an error of TransferData closes with.

// errExited is what a hook that never returned has come to: it called runtime.Goexit.
var errExited = errors.New("the hook ended its goroutine")

// call runs one hook and leaves its outcome in *err. It is set before the hook runs, since after a
// Goexit only deferred functions do.
func call(hook string, err *error, f func() error) {
	*err = errExited
	defer func() {
		if v := recover(); v != nil {
			*err = &panicError{hook, v}
		}
	}()
	*err = f()
}

// panicError is a hook's panic. A script's panic value tells its position.
type panicError struct {
	hook  string
	value any
}

func (e *panicError) Error() string {
	text := fmt.Sprint(e.value)
	if !strings.Contains(text, "panic: ") { // a script's says so itself, after its position
		text = "panic: " + text
	}
	return e.hook + ": " + text
}

// Pos is where the script panicked, if it was one and knows.
func (e *panicError) Pos() (p token.Position) {
	if at, ok := e.value.(interface{ Pos() token.Position }); ok {
		p = at.Pos()
	}
	return p
}

// failed says what a hook has failed with, and by which of its script's calls if it knows.
func failed(err error) []any {
	what := []any{"err", err}
	var p *panicError
	if errors.As(err, &p) {
		if at, ok := p.value.(interface{ Trace() string }); ok && at.Trace() != "" {
			what = append(what, "stack", at.Trace())
		}
	}
	return what
}

// broken reports whether err is the handler's own failing, to be logged as an error, rather than
// something that it decided or that befell its connection.
func broken(err error) bool {
	var p *panicError
	return errors.As(err, &p) || errors.Is(err, errExited)
}

// refusalOf is the table for DoExtraHandshake. A nil refusal with aborted set drops the connection.
func refusalOf(err error) (no *refusal, aborted bool) {
	var refused *wsh.HandshakeError
	switch {
	case err == nil:
		return nil, false
	case errors.Is(err, wsh.ErrAborted):
		return nil, true
	case errors.As(err, &refused) && refused.Status >= 300 && refused.Status <= 599:
		reason := refused.Reason
		if reason == "" {
			reason = http.StatusText(refused.Status)
		}
		return &refusal{refused.Status, reason, refused.Header}, false
	default:
		return &refusal{status: http.StatusForbidden, reason: http.StatusText(http.StatusForbidden)}, false
	}
}

// closing is how a connection ends: an abort, or a code and reason; report says to log err.
type closing struct {
	aborted bool
	code    wsh.StatusCode
	reason  string
	report  bool
}

// closingOf is the table for TransferData. heard says that the client has closed, without which an
// io.EOF is of something else. over says that the connection had ended, or been closed by the handler,
// before the hook returned: then what its sends and receives returned is no news.
func closingOf(err error, heard, over bool) closing {
	var closed *wsh.CloseError
	switch {
	case err == nil, heard && errors.Is(err, io.EOF):
		return closing{code: wsh.StatusNormalClosure}
	case errors.Is(err, wsh.ErrAborted):
		return closing{aborted: true}
	case errors.As(err, &closed) && closed.Code == 0: // an empty Close frame is CloseConnection's
		return closing{code: wsh.StatusInternalEndpointError, report: true}
	case errors.As(err, &closed):
		// What no Close frame can hold becomes 1011, and its author wonders why.
		fits := closed.Code.Sendable() && len(closed.Reason) <= 123 && utf8.ValidString(closed.Reason)
		return closing{code: closed.Code, reason: closed.Reason, report: !fits}
	case over && (errors.Is(err, wsh.ErrClosed) || errors.Is(err, wsh.ErrBadOperation) || errors.Is(err, context.Canceled)):
		return closing{code: wsh.StatusNormalClosure}
	default:
		return closing{code: wsh.StatusInternalEndpointError, report: true}
	}
}

// callHTTP runs ServeHTTP. Its panic is answered with 500 if nothing has been written.
func callHTTP(h *wsh.Handler, w http.ResponseWriter, q *http.Request) error {
	seen := &answered{ResponseWriter: w}
	var err error
	defer func() {
		// Here after a Goexit too, which net/http would not survive unnoticed.
		if err != nil && !seen.yes {
			plain(w, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
		}
	}()
	call("ServeHTTP", &err, func() error {
		h.ServeHTTP(seen, q)
		return nil
	})
	return err
}

// answered notes whether an answer has been begun.
type answered struct {
	http.ResponseWriter
	yes bool
}

func (a *answered) WriteHeader(status int) {
	a.yes = true
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	a.yes = true
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach Flush and the deadlines.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush is for handlers that look for http.Flusher.
func (a *answered) Flush() {
	a.yes = true
	_ = http.NewResponseController(a.ResponseWriter).Flush() // an error means that the client is gone
}
