//go:build ignore

package main

import (
	"strconv"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	m, err := r.ReceiveMessage()
	if err != nil {
		r.Log().Info("client closed", "code", int(r.CloseCode), "reason", r.CloseReason)
		return err
	}
	code, err := strconv.Atoi(m.Text())
	if err != nil {
		return err
	}
	return &wsh.CloseError{Code: wsh.StatusCode(code), Reason: "as told"}
}

func PassiveClosingHandshake(r *wsh.Request) (wsh.StatusCode, string, error) {
	return r.CloseCode, r.CloseReason, nil
}
