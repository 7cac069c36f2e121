//go:build ignore

// Abort_handshake drops the connection before the opening handshake is answered: the client gets no
// HTTP status at all. To refuse politely, return any other error (403) or a *wsh.HandshakeError.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake ends the TCP connection.
func DoExtraHandshake(r *wsh.Request) error { return wsh.ErrAborted }

// TransferData never runs.
func TransferData(r *wsh.Request) error { return nil }
