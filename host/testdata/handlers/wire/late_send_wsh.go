//go:build ignore

// Late_send sends after the client has closed.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for {
		if _, err := r.ReceiveMessage(); err != nil {
			return r.SendText("late")
		}
	}
}
