//go:build ignore

// Client_bits echoes. The client's window cannot be bounded with compress/flate, which always takes 15.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake wants the client's window bounded, and so no compression where it may not be.
func DoExtraHandshake(r *wsh.Request) error {
	for _, e := range r.RequestedExtensions {
		for _, p := range e.Params {
			if p.Name == "client_max_window_bits" {
				return nil
			}
		}
	}
	r.DisableCompression()
	return nil
}

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
