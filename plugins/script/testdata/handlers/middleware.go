// > n%d
// < 1(2(N%d))
package main

import (
	"strings"
	"wshd/plugins/wsh"
)

type Handler func(string) string

func (h Handler) With(ms ...func(Handler) Handler) Handler {
	for i := len(ms) - 1; i >= 0; i-- {
		h = ms[i](h)
	}
	return h
}

func wrap(n string) func(Handler) Handler {
	return func(next Handler) Handler {
		return func(s string) string { return n + "(" + next(s) + ")" }
	}
}

var handle = Handler(strings.ToUpper).With(wrap("1"), wrap("2"))

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText(handle(m.Text())) })
}
