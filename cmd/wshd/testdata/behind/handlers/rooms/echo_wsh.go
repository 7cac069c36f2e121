//go:build ignore

package main

import (
	"slices"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error {
	if slices.Contains(r.RequestedProtocols, "chat.v1") {
		r.Protocol = "chat.v1"
	}
	return nil
}

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendMessage(m) })
}
