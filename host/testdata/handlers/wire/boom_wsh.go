//go:build ignore

// Boom fails with an error of its own.
package main

import (
	"errors"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return errors.New("boom") }
