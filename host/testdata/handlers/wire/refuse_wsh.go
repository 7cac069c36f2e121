//go:build ignore

// Refuse refuses with a status.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error {
	return &wsh.HandshakeError{Status: 404, Reason: "no"}
}

func TransferData(r *wsh.Request) error { return nil }
