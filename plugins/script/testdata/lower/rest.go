// Where TransferData waits for a message it leaves the interpreter: it returns 1, and begins again behind
// the wait when that is over. So a connection that waits needs no stack for the interpreter.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake runs before the connection is accepted; nil accepts it. A client that offers
// subprotocols wants to hear one of them back, and an echo speaks them all, so it takes the first.
func DoExtraHandshake(r *wsh.Request) error {
	if len(r.RequestedProtocols) > 0 {
		r.Protocol = r.RequestedProtocols[0]
	}
	return nil
}

// TransferData runs for as long as the connection is wanted. Returning nil closes it with 1000.
func TransferData(r *wsh.Request) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err // io.EOF once the client has closed, which is a clean end
		}
		if err := r.SendMessage(msg); err != nil {
			return err
		}
		if msg.Is("Goodbye") {
			return nil
		}
	}
}
