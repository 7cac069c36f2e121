//go:build ignore

// Ping pings and collects the pongs that come before the first message.
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var pongs []string
	r.OnPong(func(body []byte) { pongs = append(pongs, string(body)) })
	if err := r.SendPing([]byte("Hello World!")); err != nil {
		return err
	}
	if _, err := r.ReceiveMessage(); err != nil {
		return err
	}
	return r.SendText(strings.Join(pongs, ","))
}
