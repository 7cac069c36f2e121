package wsh_test

import (
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// handler is one whose TransferData is f.
func handler(f func(*wsh.Request) error) *wsh.Handler {
	return &wsh.Handler{
		DoExtraHandshake: func(*wsh.Request) error { return nil },
		TransferData:     f,
	}
}
