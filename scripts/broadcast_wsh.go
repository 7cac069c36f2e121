//go:build ignore

// Broadcast sends every message to everybody who is connected, the sender too.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData joins a room and publishes there what it receives. The room keeps a queue for each
// member, so that one who reads slowly holds nobody up; the end of the connection leaves it.
func TransferData(r *wsh.Request) error {
	room := r.Join("broadcast")
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := room.Publish(msg); err != nil {
			return err
		}
	}
}
