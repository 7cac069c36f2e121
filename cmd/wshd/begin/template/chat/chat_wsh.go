//go:build ignore

// Chat sends what somebody says to everybody who is there: /chat?name=Ann
package main

import "wshd/plugins/wsh"

// DoExtraHandshake runs before the connection is accepted: nil accepts it, a *wsh.HandshakeError says why not.
func DoExtraHandshake(r *wsh.Request) error {
	r.Name = r.URL.Query().Get("name") // which Room.Members shows to others
	if r.Name == "" {
		return &wsh.HandshakeError{Status: 400, Reason: "say who you are: /chat?name=Ann"}
	}
	return nil
}

// TransferData runs for as long as the connection is wanted. Returning leaves the room.
func TransferData(r *wsh.Request) error {
	room := r.Join("chat")
	if err := room.Publish(wsh.Text(r.Name + " is here")); err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error {
		if m.Binary {
			return &wsh.CloseError{Code: wsh.StatusUnsupportedData, Reason: "text only"}
		}
		return room.Publish(wsh.Text(r.Name + ": " + m.Text()))
	})
}
