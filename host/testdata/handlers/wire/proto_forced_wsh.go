//go:build ignore

// Proto_forced chooses a subprotocol whatever was requested.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error {
	r.Protocol = "foobar"
	return nil
}

func TransferData(r *wsh.Request) error { return nil }
