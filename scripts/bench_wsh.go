//go:build ignore

// Bench loads a client with messages. Send "<seconds> <count> <message>", such as "0.5 10 hello":
// the message comes back count times, with a pause of so many seconds after each. The connection
// then closes.
package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wshd/plugins/wsh"
)

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData pauses by waiting for a message that need not come, rather than by sleeping: so it
// notices at once when the client closes.
func TransferData(r *wsh.Request) error {
	msg, err := r.ReceiveMessage()
	if err != nil {
		return err
	}
	parts := strings.Split(msg.Text(), " ")
	if len(parts) != 3 {
		return fmt.Errorf("got %q, want seconds, count and message", msg.Text())
	}
	seconds, err := strconv.ParseFloat(parts[0], 64)
	if err != nil {
		return fmt.Errorf("seconds: %w", err)
	}
	if !(seconds >= 0 && seconds <= 86400) { // a comparison with NaN is false
		return fmt.Errorf("seconds: got %v, want 0 to 86400", seconds)
	}
	count, err := strconv.Atoi(parts[1])
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	pause := time.Duration(seconds * float64(time.Second))
	for i := 0; i < count; i++ {
		if err := r.SendText(parts[2]); err != nil {
			return err
		}
		if err := wait(r, pause); err != nil {
			return err
		}
	}
	return nil
}

// wait returns after d, or sooner with the error that ended the connection. Messages that come
// meanwhile are dropped.
func wait(r *wsh.Request, d time.Duration) error {
	end := time.Now().Add(d)
	for {
		_, err := r.ReceiveTimeout(time.Until(end))
		if errors.Is(err, wsh.ErrTimeout) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
