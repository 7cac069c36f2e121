package wsh

import (
	"errors"
	"fmt"
	"net/http"
)

var (
	// ErrAborted, returned by a hook, ends the TCP connection: what was written stays written,
	// nothing more is. It is pywebsocket's AbortedByUserException.
	ErrAborted = errors.New("aborted by the handler")

	// ErrTimeout is what ReceiveTimeout returns when no message came in time. The connection
	// stays usable.
	ErrTimeout = errors.New("no message in time")

	// ErrQueueFull is what SendNowait returns when the sender's queue holds all it may.
	ErrQueueFull = errors.New("queue is full")

	// ErrClosed is what sends and receives return once the connection has ended: the peer is
	// gone, a protocol error closed it, or the host is going down.
	ErrClosed = errors.New("connection is closed")

	// ErrForgotten is what JoinAfter returns when something after that publication may be missing: the room
	// no longer keeps it, or never had it. The connection has not joined.
	ErrForgotten = errors.New("forgotten")

	// ErrNotFound is what a Store returns for a key that has no value, and SendTo for a connection that is not
	// there.
	ErrNotFound = errors.New("not found")

	// ErrUnavailable is what a call returns that needs what cannot be reached now: the NATS servers, or the
	// folder of the store. It may or may not have been done.
	ErrUnavailable = errors.New("unavailable")

	// ErrBadOperation is what a call returns that makes no sense at this point: sending after
	// closing, sending in DoExtraHandshake, a ping of more than 125 bytes. It is pywebsocket's
	// BadOperationException.
	ErrBadOperation = errors.New("bad operation")
)

// HandshakeError, returned by DoExtraHandshake, refuses the handshake with an HTTP answer of its
// own. It is pywebsocket's HandshakeException with a status.
type HandshakeError struct {
	Status int         // 300 to 599; anything else becomes 403
	Reason string      // the body, one line of plain text; empty: the status's own text
	Header http.Header // sent with the answer, such as WWW-Authenticate or Location; may be nil
}

// Error describes the refusal.
func (e *HandshakeError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("handshake refused with %d", e.Status)
	}
	return fmt.Sprintf("handshake refused with %d: %s", e.Status, e.Reason)
}

// CloseError, returned by TransferData, closes the connection with its code and reason, as
// CloseConnection would.
type CloseError struct {
	Code   StatusCode // 1000 to 4999 but 1005, 1006, 1015; anything else becomes 1011
	Reason string     // UTF-8, at most 123 bytes; a longer one makes the code 1011
}

// Error describes the close.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("closed with %d", e.Code)
	}
	return fmt.Sprintf("closed with %d: %s", e.Code, e.Reason)
}
