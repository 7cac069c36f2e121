//go:build ignore

// Ping_long sends the longest ping and then one that is too long.
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	if err := r.SendPing([]byte(strings.Repeat("a", 125))); err != nil {
		return err
	}
	return r.SendPing([]byte(strings.Repeat("a", 126)))
}
