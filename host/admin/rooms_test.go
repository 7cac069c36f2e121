package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

const (
	allToken     = "a-token-that-opens-all"
	publishToken = "a-token-that-publishes"
)

// withRooms is an Admin of a Hub, in which "kept" keeps five messages of at most ten bytes.
func withRooms(t *testing.T) (hub *room.Hub, ask func(method, target, token, body string, header ...string) (status int, answer string), cookie string) {
	hub = &room.Hub{Retention: map[string]room.Retention{"kept*": {Messages: 5}}}
	a := New(Config{Token: allToken, PublishToken: publishToken, Ready: func() error { return nil }, Rooms: &Rooms{
		Publish: hub.Publish, Direct: hub.Direct, List: hub.List, Members: hub.Members, History: hub.History, Stats: hub.Stats, MessageSize: 10}})
	t.Cleanup(a.Close)
	return hub, func(method, target, token, body string, header ...string) (int, string) {
		q := httptest.NewRequest(method, target, strings.NewReader(body))
		if token != "" {
			q.Header.Set("Authorization", "Bearer "+token)
		}
		for i := 0; i < len(header); i += 2 {
			q.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		a.plain.ServeHTTP(w, q)
		if got := w.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("%s %s: got %s, want JSON", method, target, got)
		}
		return w.Code, strings.TrimSpace(w.Body.String())
	}, a.c.Sessions.open(token, time.Now())
}

func TestWhoMaySpeakIntoRooms(t *testing.T) {
	_, ask, cookie := withRooms(t)
	for _, test := range []struct {
		method, target, token string
		header                []string
		status                int
	}{
		{"POST", "/rooms/r", allToken, nil, 200},
		{"POST", "/rooms/r", publishToken, nil, 200},
		{"POST", "/rooms/r", "", nil, 401},
		{"POST", "/rooms/r", "wrong", nil, 401},
		{"POST", "/rooms/r", "", []string{"Cookie", CookieName + "=" + cookie}, 401}, // a page of another site has it too
		{"POST", "/rooms?room=r", publishToken, nil, 200},
		{"GET", "/rooms", allToken, nil, 200},
		{"GET", "/rooms", publishToken, nil, 401},
		{"GET", "/rooms/r", allToken, nil, 200},
		{"GET", "/rooms/r", publishToken, nil, 401},
		{"POST", "/connections/x/close", publishToken, nil, 401},
		{"POST", "/connections/x/close", allToken, nil, 404},
	} {
		if status, answer := ask(test.method, test.target, test.token, "hello", test.header...); status != test.status {
			t.Errorf("%s %s with %q: got %d %s, want %d", test.method, test.target, test.token, status, answer, test.status)
		} else if status != 200 && !json.Valid([]byte(answer)) {
			t.Errorf("%s %s: got %s", test.method, test.target, answer)
		}
	}
	a := New(Config{Ready: func() error { return nil }, Rooms: &Rooms{}})
	defer a.Close()
	w := httptest.NewRecorder()
	a.plain.ServeHTTP(w, httptest.NewRequest("POST", "/rooms/r", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("without tokens: got %d, want 403", w.Code)
	}
}

func TestPublishFromOutside(t *testing.T) {
	hub, ask, _ := withRooms(t)
	var first string
	for i, test := range []struct {
		target, body string
		header       []string
		status       int
		want         string // in the answer
	}{
		{"/rooms/kept", "hello", nil, 200, `{"id":"`},
		{"/rooms/kept", "hello", []string{"Idempotency-Key", "k"}, 200, `{"id":"`},
		{"/rooms/kept", "hello", []string{"Idempotency-Key", "k"}, 200, `{"id":"`},
		{"/rooms/kept/in%2F%2Fa", `{"a":1}`, []string{"Content-Type", "application/json"}, 200, `{"id":"`},
		{"/rooms/kept", "\x00\xff", []string{"Content-Type", "application/octet-stream"}, 200, `{"id":"`},
		{"/rooms/other", "hello", nil, 200, `{"id":""}`},
		{"/rooms?room=kept1&room=kept2", "hello", nil, 200, `{"ids":{"kept1":"`},
		{"/rooms", "hello", nil, 400, "say which rooms"},
		{"/rooms?" + strings.Repeat("room=a&", 101), "hello", nil, 400, "at most 100"},
		{"/rooms/kept", "\xff", nil, 400, "not UTF-8"},
		{"/rooms/kept", "12345678901", nil, 413, "larger than 10 bytes"},
		{"/rooms/kept", "hello", []string{"Idempotency-Key", strings.Repeat("k", 201)}, 400, "longer than 200"},
	} {
		status, answer := ask("POST", test.target, publishToken, test.body, test.header...)
		if status != test.status || !strings.Contains(answer, test.want) {
			t.Errorf("%d %s: got %d %s, want %d %s", i, test.target, status, answer, test.status, test.want)
		}
		if i == 1 {
			first = answer
		}
		if i == 2 && answer != first {
			t.Errorf("with the same key: got %s, want %s", answer, first)
		}
	}
	if list, _ := hub.History("kept", 9); len(list) != 3 || !list[2].Message.Binary {
		t.Errorf("kept %v", list)
	}
	if list, _ := hub.History("kept/in//a", 9); len(list) != 1 || list[0].Message.Text() != `{"a":1}` {
		t.Errorf("kept %v", list)
	}
	hub.Close()
	if status, answer := ask("POST", "/rooms/kept", allToken, "x"); status != 503 {
		t.Errorf("got %d %s, want 503", status, answer)
	}
}

// silent is a connection of which nothing is wanted but how it was closed.
type silent struct {
	wsh.Stream
	closed string
}

func (s *silent) Fail(code wsh.StatusCode, reason string) { s.closed = fmt.Sprint(code, " ", reason) }

func TestRoomsAreShownFromOutside(t *testing.T) {
	hub, ask, _ := withRooms(t)
	s := &silent{}
	hub.Register(wsh.Connection{ID: "h-1", Stream: s})
	if _, err := hub.Join("kept", wsh.JoinOptions{Member: wsh.Member{ID: "h-1", Name: "Ann"}, Stream: s}); err != nil {
		t.Fatal(err)
	}
	hub.Join("kept2", wsh.JoinOptions{Member: wsh.Member{ID: "h-1"}, Stream: s})
	for range 3 {
		if _, err := hub.Publish("kept3", wsh.Text("hello"), wsh.PublishOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for target, want := range map[string][]string{
		"/rooms":                {`{"more":false,"rooms":[{"name":"kept","members":1,"kept":0},{"name":"kept2","members":1,"kept":0},{"name":"kept3","members":0,"kept":3}]}`},
		"/rooms/kept":           {`"members":[{"id":"h-1","name":"Ann","remote":"",`, `"history":[]`},
		"/rooms/kept3?last=1":   {`"members":[]`, `"text":"hello"}]`},
		"/rooms/none":           {`{"history":[],"members":[],"name":"none"}`},
		"/rooms/kept?last=many": {"last is a number"},
		"/rooms/kept?last=1001": {"last is a number"},
	} {
		_, answer := ask("GET", target, allToken, "")
		for _, part := range want {
			if !strings.Contains(answer, part) {
				t.Errorf("%s: got %s, want %s", target, answer, part)
			}
		}
	}
	for query, want := range map[string]string{"": "1001 ", "?code=4000&reason=bye": "4000 bye"} {
		if status, answer := ask("POST", "/connections/h-1/close"+query, allToken, ""); status != 200 || s.closed != want {
			t.Errorf("%s: got %d %s, closed with %q, want %q", query, status, answer, s.closed, want)
		}
	}
	for query, status := range map[string]int{"?code=1005": 400, "?code=x": 400, "?reason=" + strings.Repeat("x", 124): 400} {
		if got, answer := ask("POST", "/connections/h-1/close"+query, allToken, ""); got != status {
			t.Errorf("%s: got %d %s, want %d", query, got, answer, status)
		}
	}
}
