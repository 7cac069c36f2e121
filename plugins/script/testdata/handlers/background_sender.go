// > one %d
// > two
// < 1 one %d
// < 2 two
package main

import (
	"errors"
	"fmt"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	in, out := wsh.NewMessageReceiver(r), wsh.NewMessageSender(r, 16)
	n := 0
	for {
		m, err := in.Receive()
		if err != nil {
			return err
		}
		n++
		text := fmt.Sprintf("%d %s", n, m.Text())
		if n%2 == 0 {
			n = 0
			if err := out.Send(wsh.Text(text)); err != nil {
				return err
			}
			continue
		}
		if err := out.SendNowait(wsh.Text(text)); errors.Is(err, wsh.ErrQueueFull) {
			return &wsh.CloseError{Code: 1013, Reason: "slow"}
		} else if err != nil {
			return err
		}
	}
}
