package main

import "wshd/plugins/wsh"

func TransferData(r *wsh.Request) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := r.SendMessage(msg); err != nil {
			return err
		}
	}
}
