package wsh

import (
	"context"
	"fmt"
	"net/http"
)

// User is who the host found the client to be: by Basic auth or a token.
type User struct {
	Name   string
	Claims map[string]any // of a token; nil otherwise
}

// Renew shows a new token of the client's, such as it sends in a message, where auth.bearer.expiry is close: the
// connection is then closed with 4401 when that ends, and not when the one does that it came with. It must be of
// the same user, and User has its claims afterwards. An error says why it is not taken, and all is as it was.
// Where connections do not end with their tokens it is ErrBadOperation. Call it from the handler's goroutine.
func (r *Request) Renew(token string) error {
	if r.renew == nil {
		return fmt.Errorf("renew: %w: the connection does not end with a token", ErrBadOperation)
	}
	u, err := r.renew(token)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	r.User = u
	return nil
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
