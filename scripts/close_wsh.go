//go:build ignore

// Close shows both ends of a close. Send "3333 sun" and the handler closes with code 3333 and the
// reason sun; close from your side and it answers with your own code and reason.
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData closes as the first message says. CloseConnection checks the code and the reason:
// what may not be sent becomes 1011. To send a broken Close frame, to see what a client makes of it,
// use r.WriteRaw(wsh.CloseFrame(code, reason)) and return wsh.ErrAborted.
func TransferData(r *wsh.Request) error {
	msg, err := r.ReceiveMessage()
	if err != nil {
		return err
	}
	number, reason, found := strings.Cut(msg.Text(), " ")
	if !found {
		return fmt.Errorf("got %q, want a code, a space and a reason", msg.Text())
	}
	code, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return fmt.Errorf("close code: %w", err)
	}
	if code == 0 { // would mean a Close frame without a code
		return fmt.Errorf("close code 0: %w", wsh.ErrBadOperation)
	}
	return r.CloseConnection(wsh.StatusCode(code), reason)
}

// PassiveClosingHandshake runs when the client closes first and says what to answer. 1005 stands for
// a Close frame that had no code; it never goes out, so such a frame is answered with one like it.
func PassiveClosingHandshake(r *wsh.Request) (wsh.StatusCode, string, error) {
	if r.CloseCode == wsh.StatusNoStatusReceived {
		return 0, "", nil
	}
	return r.CloseCode, r.CloseReason, nil
}
