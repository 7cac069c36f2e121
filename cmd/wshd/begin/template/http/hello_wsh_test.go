//go:build ignore

package main

import (
	"net/http/httptest"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestHello(t *testing.T) {
	c := wshtest.Dial(t, &wsh.Handler{DoExtraHandshake: DoExtraHandshake, TransferData: TransferData})
	c.SendText("Ann")
	c.Expect("Hello, Ann")
}

func TestPlainHello(t *testing.T) {
	w := httptest.NewRecorder()
	ServeHTTP(w, httptest.NewRequest("GET", "/hello?name=Ann", nil))
	if got := w.Body.String(); w.Code != 200 || got != "Hello, Ann\n" {
		t.Errorf("got %d %q", w.Code, got)
	}
}
