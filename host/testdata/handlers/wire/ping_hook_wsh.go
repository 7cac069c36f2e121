//go:build ignore

// Ping_hook collects the pings that come before the first message.
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var pings []string
	r.OnPing(func(body []byte) { pings = append(pings, string(body)) })
	if _, err := r.ReceiveMessage(); err != nil {
		return err
	}
	return r.SendText(strings.Join(pings, ","))
}
