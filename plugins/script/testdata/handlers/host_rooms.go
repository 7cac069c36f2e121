// > hello %r
// < %d: hello %r
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error {
	r.Name = r.URL.Query().Get("n")
	return nil
}

func TransferData(r *wsh.Request) error {
	room := r.Join("private " + r.Name)
	defer room.Leave()
	return r.Each(func(m wsh.Message) error {
		if members := room.Members(); len(members) != 1 || members[0].Name != r.Name {
			return r.SendText("somebody else is here")
		}
		return room.Publish(wsh.Text(r.Name + ": " + m.Text()))
	})
}
