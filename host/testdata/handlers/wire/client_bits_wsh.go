//go:build ignore

// Client_bits echoes: the client's window cannot be bounded.
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
