package wshtest_test

import (
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestPathValuesInTests(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		return r.SendText(r.PathValue("room") + "," + r.PathValue("none"))
	})
	c := wshtest.Dialer{Resource: "/rooms/caf%C3%A9?x=1", Pattern: "/rooms/{room}"}.Dial(t, h)
	if got := c.ReceiveText(); got != "café," {
		t.Errorf("got %q, want café", got)
	}
}
