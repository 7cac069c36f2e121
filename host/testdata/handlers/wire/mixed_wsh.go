//go:build ignore

// Mixed ends a text message with a binary fragment, which is refused.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	if err := r.SendFragment(wsh.Text("text"), false); err != nil {
		return err
	}
	return r.SendFragment(wsh.Binary([]byte("binary")), true)
}
