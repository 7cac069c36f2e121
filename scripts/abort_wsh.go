//go:build ignore

// Abort accepts a connection and drops it without a Close frame, as if the machine had gone away: a
// browser reports code 1006. Test with it that your page comes back after such an end.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData ends the TCP connection; what was written before would stay written.
func TransferData(r *wsh.Request) error { return wsh.ErrAborted }
