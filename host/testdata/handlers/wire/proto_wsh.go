//go:build ignore

// Proto takes the last subprotocol requested and tells them all.
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error {
	if n := len(r.RequestedProtocols); n > 0 {
		r.Protocol = r.RequestedProtocols[n-1]
	}
	return nil
}

func TransferData(r *wsh.Request) error {
	if len(r.RequestedProtocols) == 0 {
		return r.SendText("none")
	}
	return r.SendText(strings.Join(r.RequestedProtocols, ","))
}
