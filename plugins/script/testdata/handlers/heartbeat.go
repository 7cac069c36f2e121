// > %d
// < got %d
// > stats
// < 2 messages, ticking: true
package main

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	in := wsh.NewMessageReceiver(r)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	messages, ticks := 0, 0
	asked := false
	for {
		if asked && ticks > 0 {
			if err := r.SendText(fmt.Sprintf("%d messages, ticking: %v", messages, ticks > 0)); err != nil {
				return err
			}
			asked, messages = false, 0
		}
		select {
		case m, ok := <-in.C:
			if !ok {
				return in.Err()
			}
			messages++
			if !idle.Stop() {
				return wsh.ErrAborted
			}
			idle.Reset(time.Hour)
			if asked = m.Is("stats"); asked {
				continue
			}
			if err := r.SendText("got " + m.Text()); err != nil {
				return err
			}
		case <-tick.C:
			ticks++
		case <-idle.C:
			return &wsh.CloseError{Code: 4000, Reason: "idle"}
		}
	}
}
