package wsh_test

import (
	"net/http/httptest"
	"testing"

	"wshd/plugins/wsh"
)

func TestUserOf(t *testing.T) {
	q := httptest.NewRequest("GET", "/", nil)
	if u := wsh.UserOf(q); u != nil {
		t.Errorf("got %+v of a request from nobody", u)
	}
	alice := &wsh.User{Name: "alice"}
	if u := wsh.UserOf(wsh.WithUser(q, alice)); u != alice {
		t.Errorf("got %+v, want alice", u)
	}
}
