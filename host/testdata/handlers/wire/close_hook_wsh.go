//go:build ignore

// Close_hook tells the client what it closed with.
package main

import (
	"fmt"

	"wshd/plugins/wsh"
)

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
	reason := r.CloseReason
	if r.CloseCode == wsh.StatusNoStatusReceived {
		reason = "None"
	}
	return 4000, fmt.Sprintf("saw %d %s", r.CloseCode, reason), nil
}
