//go:build ignore

// Ticker pushes: it sends the time once a second without being asked. Send a duration such as
// "250ms" or "2s" to change the pace, and "stop" to end. It shows how one handler waits for two
// things at once, the next message and a timer.
package main

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

const (
	fastest = 10 * time.Millisecond
	slowest = time.Hour
)

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData lets a MessageReceiver do the receiving, so that messages come through a channel; the
// channel is closed when the client is gone.
func TransferData(r *wsh.Request) error {
	receiver := wsh.NewMessageReceiver(r)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	n := 0
	for {
		select {
		case now := <-ticker.C:
			n++
			if err := r.SendText(fmt.Sprintf("tick %d at %s", n, now.Format("15:04:05.000"))); err != nil {
				return err
			}
		case msg, ok := <-receiver.C:
			if !ok {
				return receiver.Err()
			}
			if msg.Text() == "stop" {
				return nil
			}
			pace, err := time.ParseDuration(msg.Text())
			if err != nil || pace < fastest || pace > slowest {
				if err := r.SendText(`want a duration of 10ms to 1h such as "250ms", or "stop"`); err != nil {
					return err
				}
				continue
			}
			ticker.Reset(pace)
			if err := r.SendText("every " + pace.String()); err != nil {
				return err
			}
		}
	}
}
