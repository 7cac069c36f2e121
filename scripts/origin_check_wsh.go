//go:build ignore

// Origin_check accepts connections from the pages of one site only and refuses others with 403. A
// browser always tells the truth about a page's origin, so this keeps foreign pages from using your
// visitors' cookies; other programs may say what they like.
//
// The host checks origins before any handler runs. Unless its config says origins: ["*"], or names
// this site, nobody gets as far as here.
package main

import (
	"fmt"

	"wshd/plugins/wsh"
)

const site = "http://example.com"

// DoExtraHandshake refuses by returning an error. Any error answers 403; *wsh.HandshakeError would
// choose another status.
func DoExtraHandshake(r *wsh.Request) error {
	if r.Origin != site {
		return fmt.Errorf("unacceptable origin: %q", r.Origin)
	}
	return nil
}

// TransferData tells where it was called and closes.
func TransferData(r *wsh.Request) error {
	return r.SendText("origin_check is called for " + r.Resource + " from " + r.Origin)
}
