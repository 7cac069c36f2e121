package wsh

import (
	"context"
	"net/http"
)

// User is who the host found the client to be: by Basic auth or a token.
type User struct {
	Name   string
	Claims map[string]any // of a token; nil otherwise
}

type userKey struct{}

// UserOf is for ServeHTTP what [Request].User is for the other hooks: who the host found the client to
// be, or nil.
func UserOf(q *http.Request) *User {
	u, _ := q.Context().Value(userKey{}).(*User)
	return u
}

// WithUser is q from u. It is for hosts, and for tests of handlers.
func WithUser(q *http.Request, u *User) *http.Request {
	return q.WithContext(context.WithValue(q.Context(), userKey{}, u))
}
