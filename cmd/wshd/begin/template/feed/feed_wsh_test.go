//go:build ignore

package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

var feed = &wsh.Handler{DoExtraHandshake: DoExtraHandshake, TransferData: TransferData,
	RenderPublication: RenderPublication, ServeHTTP: ServeHTTP}

func post(t *testing.T, text string) {
	t.Helper()
	w := httptest.NewRecorder()
	ServeHTTP(w, httptest.NewRequest("POST", "/feed", strings.NewReader(text)))
	if w.Code != 204 {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}

func TestWhoComesBackIsSentWhatItMissed(t *testing.T) {
	var rooms wshtest.Rooms
	rooms.Keep("feed", 100) // as rooms.history in config.yaml
	c := wshtest.Dialer{Resource: "/feed", Rooms: &rooms}.Dial(t, feed)
	rooms.Await(t, "feed", 1)
	post(t, "one")
	var first struct{ ID, Text string }
	if err := json.Unmarshal(c.Receive().Data, &first); err != nil || first.Text != "one" {
		t.Fatalf("got %v, %v, want one", first, err)
	}
	c.Close(wsh.StatusNormalClosure, "")
	post(t, "two")
	back := wshtest.Dialer{Resource: "/feed?after=" + first.ID, Rooms: &rooms}.Dial(t, feed)
	if got := back.ReceiveText(); !strings.Contains(got, `"text":"two"`) {
		t.Errorf("got %s, want two", got)
	}
}
