//go:build ignore

// Proto_bad chooses a subprotocol that is not a token.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error {
	r.Protocol = "not a token"
	return nil
}

func TransferData(r *wsh.Request) error { return nil }
