//go:build ignore

package main

import (
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

var chat = &wsh.Handler{DoExtraHandshake: DoExtraHandshake, TransferData: TransferData}

func TestEverybodyHearsWhatIsSaid(t *testing.T) {
	ann := wshtest.Dialer{Resource: "/chat?name=Ann"}.Dial(t, chat)
	ann.Expect("Ann is here")
	bob := wshtest.Dialer{Resource: "/chat?name=Bob"}.Dial(t, chat)
	bob.Expect("Bob is here")
	ann.Expect("Bob is here")
	bob.SendText("hello")
	ann.Expect("Bob: hello")
	bob.Expect("Bob: hello")
}

func TestWhoHasNoNameIsRefused(t *testing.T) {
	c := wshtest.Dialer{Resource: "/chat"}.Dial(t, chat)
	if got := c.Response().Status; got != 400 {
		t.Errorf("got %d, want 400", got)
	}
}
