// > upper x%d
// < X%d
// > rev ab
// < ba
// > boom now
// < recovered: boom
package main

import (
	"fmt"
	"slices"
	"strings"
	"wshd/plugins/wsh"
)

type Command interface{ Run(arg string) string }

type Upper struct{}
type Rev struct{ limit int }
type Boom struct{}
type F func(string) string

func (Upper) Run(s string) string { return strings.ToUpper(s) }
func (r *Rev) Run(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b[:min(len(b), r.limit)])
}
func (Boom) Run(string) string  { panic("boom") }
func (f F) Run(s string) string { return f(s) }

var commands = map[string]Command{"upper": Upper{}, "rev": &Rev{99}, "boom": Boom{}, "same": F(func(s string) string { return s })}

func safely(c Command, arg string) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprint("recovered: ", r)
		}
	}()
	return c.Run(arg)
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		name, arg, _ := strings.Cut(m.Text(), " ")
		c, ok := commands[name]
		if !ok {
			return r.SendText("unknown")
		}
		return r.SendText(safely(c, arg))
	})
}
