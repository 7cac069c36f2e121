// > hello %r
// < [said] %d: hello %r
// > where
// < [said] in private, kept false
package main

import (
	"errors"
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error {
	r.Name = r.URL.Query().Get("n")
	return nil
}

// where tells what RenderPublication is given.
func where(p wsh.Publication) string {
	return fmt.Sprintf("in %s, kept %v", strings.Fields(p.Room)[0], p.ID != "" || p.At.IsZero())
}

func RenderPublication(p wsh.Publication) wsh.Message {
	text := p.Message.Text()
	if text == "where" {
		text = where(p)
	}
	return wsh.Text("[said] " + text)
}

func TransferData(r *wsh.Request) error {
	name := "private " + r.Name
	if _, err := r.JoinAfter(name, "what nobody has kept"); !errors.Is(err, wsh.ErrForgotten) {
		return fmt.Errorf("join after: %v", err)
	}
	room, err := r.JoinLast(name, 10)
	if err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error {
		if m.Text() == "where" {
			return room.PublishLive(m)
		}
		return room.Publish(wsh.Text(r.Name + ": " + m.Text()))
	})
}
