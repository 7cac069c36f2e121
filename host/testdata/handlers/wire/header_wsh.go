//go:build ignore

// Header adds a header twice.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error {
	r.ExtraHeaders.Add("X-Extra", "one")
	r.ExtraHeaders.Add("X-Extra", "two")
	return nil
}

func TransferData(r *wsh.Request) error { return nil }
