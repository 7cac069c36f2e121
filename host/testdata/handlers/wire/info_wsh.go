//go:build ignore

// Info sends what a handler sees of its request.
package main

import (
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	https := "False"
	if r.IsHTTPS() {
		https = "True"
	}
	return r.SendText(strings.Join([]string{
		r.Method, r.Resource, r.Resource, r.Proto, strconv.Itoa(r.Version), r.Origin,
		orNone(r.Protocol), orNone(strings.Join(r.RequestedProtocols, ",")), https, orNone(r.Header.Get("X-Test")),
	}, "|"))
}

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}
