package host

import (
	"errors"
	"fmt"
	"go/token"
	"net/http"
	"strings"

	"wshd/plugins/wsh"
)

// This file is the only place that calls hooks. It holds the recover; what comes of a hook's error is
// for the tables of protocol to say.

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
