// Package wsh is what a handler script imports: the request, its messages, rooms, status codes and
// errors. A handler is a DoExtraHandshake and a TransferData, as in mod_pywebsocket; see Handler.
package wsh

import "net/http"

// Handler is one version of one handler: its hooks, and where they came from. The plugins package
// makes them from scripts; a Go program that embeds the host may write one itself.
type Handler struct {
	Script  string // the file or folder, relative to the handler root, for logs; "" is allowed
	Version int    // counts the loads of this script, from 1, for logs

	// Life is held while a hook may be called; nil: for ever.
	Life *Life

	// DoExtraHandshake runs before the 101 is sent. nil accepts. *HandshakeError answers its
	// status, ErrAborted drops the TCP connection without a word, any other error answers 403.
	DoExtraHandshake func(*Request) error

	// TransferData runs after the 101, for as long as the connection is wanted. nil closes with
	// 1000. io.EOF after the client has closed is a clean end. *CloseError closes with its code.
	// ErrAborted drops the TCP connection. Any other error, or a panic, is logged and closes
	// with 1011.
	TransferData func(*Request) error

	// PassiveClosingHandshake runs inside ReceiveMessage when the client has closed, before the
	// answer is sent, and says what to answer; Request.CloseCode and CloseReason hold what the
	// client sent. Code 0 answers an empty Close frame, ErrAborted answers nothing.
	// If the hook is nil, 1000 and "" are answered.
	PassiveClosingHandshake func(*Request) (StatusCode, string, error)

	// RenderPublication says how this handler's clients are sent what any room publishes. It is called once
	// for each publication and version, on a goroutine of its own, and depends on its argument alone: it
	// waits for nothing and publishes nothing. If it is nil, panics (which is logged once) or takes more
	// than five seconds, they are sent the message as it was published.
	RenderPublication func(Publication) Message

	// ServeHTTP answers a plain HTTP request for the same path, and a WebSocket client if TransferData is
	// nil. If it is nil, a plain request gets the document of that path, or 400 where there is none.
	ServeHTTP func(http.ResponseWriter, *http.Request)

	// Process is where the hooks run, if that is not here: a session.Process of the host's. Then of the
	// hooks only those count that are nil, which says that the handler has none. Scripts do not use it.
	Process any

	// Compiled says why it is compiled; "": it is interpreted, or native.
	Compiled string
}
