//go:build ignore

// Deflate_names sends the names of the extensions requested and agreed on.
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.SendText(names(r.RequestedExtensions) + "|" + names(r.Extensions))
}

func names(list []wsh.Extension) string {
	var all []string
	for _, e := range list {
		all = append(all, e.Name)
	}
	return strings.Join(all, ",")
}
