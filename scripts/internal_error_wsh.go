//go:build ignore

// Internal_error fails on purpose. The client sees a close with 1011, the log says why, and nobody
// else notices: an error, and a panic too, ends its own connection only.
package main

import (
	"fmt"

	"wshd/plugins/wsh"
)

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData returns an error that is not a close, an abort or the client's end.
func TransferData(r *wsh.Request) error {
	return fmt.Errorf("intentional: %w", wsh.ErrBadOperation)
}
