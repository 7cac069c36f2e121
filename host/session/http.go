package session

import (
	"context"
	"net/http"

	"wshd/plugins/wsh"
)

type pathValuesKey struct{}

// WithPathValues gives a request what the wildcards of its pattern stand for in its path.
func WithPathValues(q *http.Request, values map[string]string) *http.Request {
	if len(values) == 0 {
		return q
	}
	q = q.WithContext(context.WithValue(q.Context(), pathValuesKey{}, values))
	for name, value := range values {
		q.SetPathValue(name, value)
	}
	return q
}

// PathValues are those that WithPathValues gave, for another process.
func PathValues(q *http.Request) map[string]string {
	values, _ := q.Context().Value(pathValuesKey{}).(map[string]string)
	return values
}

// ServeHTTP has h answer a plain request. A panic is answered with 500, if nothing has been written, and
// returned.
func ServeHTTP(h *wsh.Handler, w http.ResponseWriter, q *http.Request) error {
	seen := &begun{ResponseWriter: w}
	var err error
	defer func() {
		// Here after a Goexit too, which net/http would not survive unnoticed.
		if err != nil && !seen.yes {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}()
	call("ServeHTTP", &err, func() error {
		h.ServeHTTP(seen, q)
		return nil
	})
	return err
}

// begun notes whether an answer has been begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach Flush and the deadlines.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// Flush is for handlers that look for http.Flusher.
func (b *begun) Flush() {
	b.yes = true
	_ = http.NewResponseController(b.ResponseWriter).Flush() // an error means that the client is gone
}
