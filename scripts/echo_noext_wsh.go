//go:build ignore

// Echo_noext is echo without extensions: whatever compression the client offers is declined. See
// what that costs by sending both a long text.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake may still shape the answer: here it goes out without Sec-WebSocket-Extensions.
func DoExtraHandshake(r *wsh.Request) error {
	r.DisableCompression()
	return nil
}

// TransferData sends back each message, until the client closes or says Goodbye.
func TransferData(r *wsh.Request) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := r.SendMessage(msg); err != nil {
			return err
		}
		if msg.Is("Goodbye") {
			return nil
		}
	}
}
