//go:build ignore

// Hsts sends Strict-Transport-Security with the answer to the opening handshake: a browser that
// hears it over TLS uses nothing but TLS for this host for a day. Then it says Hello and closes.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake adds a header to the 101.
func DoExtraHandshake(r *wsh.Request) error {
	r.ExtraHeaders.Set("Strict-Transport-Security", "max-age=86400")
	return nil
}

// TransferData says Hello; returning nil closes with 1000.
func TransferData(r *wsh.Request) error { return r.SendText("Hello") }
