//go:build ignore

package main

import (
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestEcho(t *testing.T) {
	c := wshtest.Dial(t, &wsh.Handler{DoExtraHandshake: DoExtraHandshake, TransferData: TransferData})
	c.SendText("hello")
	c.Expect("hello")
	c.SendText("Goodbye")
	c.Expect("Goodbye")
	if end := c.Wait(); end.Code != wsh.StatusNormalClosure {
		t.Errorf("got %v, want a normal close", end)
	}
}
