//go:build ignore

// Cookie sets cookies with the answer to the opening handshake, the one moment when a WebSocket can.
// Connect to /cookie?set, /cookie?set_httponly (a cookie that the page's own JavaScript cannot read)
// or /cookie?clear. Without a query nothing is set. The connection then closes.
package main

import "wshd/plugins/wsh"

// DoExtraHandshake adds headers to the 101. Add, not Set: a header may repeat.
func DoExtraHandshake(r *wsh.Request) error {
	switch r.URL.RawQuery {
	case "set":
		r.ExtraHeaders.Add("Set-Cookie", "foo=bar; Max-Age=86400")
	case "set_httponly":
		r.ExtraHeaders.Add("Set-Cookie", "httpOnlyFoo=bar; Max-Age=86400; httpOnly")
	case "clear":
		r.ExtraHeaders.Add("Set-Cookie", "foo=0; Max-Age=0")
		r.ExtraHeaders.Add("Set-Cookie", "httpOnlyFoo=0; Max-Age=0")
	}
	return nil
}

// TransferData has nothing more to do: what matters went out with the handshake.
func TransferData(r *wsh.Request) error { return nil }
