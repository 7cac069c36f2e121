// > kick %d
// close 4001 kicked %d
package main

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

type kicked struct{ who string }

func (k kicked) Error() string { return "kicked " + k.who }

func (k kicked) Unwrap() error { return &wsh.CloseError{Code: 4001, Reason: k.Error()} }

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	m, err := r.ReceiveMessage()
	if err != nil {
		return err
	}
	who, ok := strings.CutPrefix(m.Text(), "kick ")
	if !ok {
		return nil
	}
	return fmt.Errorf("closing: %w", kicked{who})
}
