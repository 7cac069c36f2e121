//go:build ignore

// Plain_out receives compressed and sends plain.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	r.DisableCompression()
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
