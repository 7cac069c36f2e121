//go:build ignore

// No_wait closes and does not wait for the answer.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return r.CloseNoWait(1000, "bye") }
