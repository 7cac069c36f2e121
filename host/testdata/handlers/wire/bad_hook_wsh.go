//go:build ignore

// Bad_hook answers a close with an empty frame, though it has a reason.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := r.SendMessage(m); err != nil {
			return err
		}
	}
}

func PassiveClosingHandshake(r *wsh.Request) (wsh.StatusCode, string, error) {
	return 0, "ignored", nil
}
