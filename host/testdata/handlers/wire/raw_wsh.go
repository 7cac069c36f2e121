//go:build ignore

// Raw writes a frame made by hand.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.WriteRaw(append([]byte{0x81, 3}, "raw"...))
}
