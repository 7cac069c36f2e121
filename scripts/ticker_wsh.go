//go:build ignore

// Ticker pushes: it sends the time once a second without being asked. Send a duration such as
// "250ms" or "2s" to change the pace, and "stop" to end. It shows how one handler waits for two
// things at once: the next message, and the time of the next tick.
package main

import (
	"errors"
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

// TransferData waits for a message until the next tick is due. That no message came in time is then
// no failure but the tick.
func TransferData(r *wsh.Request) error {
	pace := time.Second
	next := time.Now().Add(pace)
	n := 0
	for {
		msg, err := r.ReceiveTimeout(time.Until(next))
		answer := ""
		switch {
		case errors.Is(err, wsh.ErrTimeout):
			n++
			answer = fmt.Sprintf("tick %d at %s", n, time.Now().Format("15:04:05.000"))
			next = next.Add(pace)
		case err != nil:
			return err
		case msg.Text() == "stop":
			return nil
		default:
			wanted, err := time.ParseDuration(msg.Text())
			if err != nil || wanted < fastest || wanted > slowest {
				answer = `want a duration of 10ms to 1h such as "250ms", or "stop"`
				break
			}
			pace = wanted
			next = time.Now().Add(pace)
			answer = "every " + pace.String()
		}
		if err := r.SendText(answer); err != nil {
			return err
		}
	}
}
