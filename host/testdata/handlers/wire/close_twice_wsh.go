//go:build ignore

// Close_twice closes twice: the second is an error to the handler and nothing on the wire.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	if err := r.CloseNoWait(3000, "first"); err != nil {
		return err
	}
	return r.CloseNoWait(3001, "second")
}
