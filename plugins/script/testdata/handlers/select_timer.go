// > a%d
// < a%d!
package main

import (
	"time"
	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	rcv := wsh.NewMessageReceiver(r)
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		select {
		case m, ok := <-rcv.C:
			if !ok {
				return rcv.Err()
			}
			if err := r.SendText(m.Text() + "!"); err != nil {
				return err
			}
		case <-ticker.C:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}
