//go:build ignore

// Chat is a room with names. Connect to /chat?name=Ann and send plain text; everybody, you too,
// receives JSON:
//
//	{"type":"join","name":"Ann","present":["Bob","Ann"]}
//	{"type":"say","name":"Ann","text":"hello"}
//	{"type":"leave","name":"Ann","present":["Bob"]}
//
// A client that offers subprotocols must offer chat among them.
package main

import (
	"encoding/json"
	"strings"
	"sync"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

const (
	protocol = "chat"
	maxName  = 24 // characters
)

// event is what clients receive.
type event struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Text    string   `json:"text,omitempty"`
	Present []string `json:"present,omitempty"`
}

// doorway lets one connection at a time come or go, so that the last list of names that is sent is
// the right one. Package variables are shared by all connections.
var doorway sync.Mutex

// DoExtraHandshake settles the subprotocol and the name, or says what is wrong with them.
func DoExtraHandshake(r *wsh.Request) error {
	if len(r.RequestedProtocols) > 0 {
		if !contains(r.RequestedProtocols, protocol) {
			return &wsh.HandshakeError{Status: 400, Reason: "this handler speaks the subprotocol " + protocol}
		}
		r.Protocol = protocol
	}
	name := strings.TrimSpace(r.URL.Query().Get("name"))
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) {
		return &wsh.HandshakeError{Status: 400, Reason: "say who you are: /chat?name=Ann, at most 24 characters"}
	}
	r.Name = name // Members shows it to the others
	return nil
}

// TransferData announces who comes, passes on what is said, and announces who goes.
func TransferData(r *wsh.Request) error {
	room := enter(r)
	err := talk(r, room)
	leave(r, room)
	return err
}

func talk(r *wsh.Request, room *wsh.Room) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if msg.Binary {
			return &wsh.CloseError{Code: wsh.StatusUnsupportedData, Reason: "a chat is text"}
		}
		if err := publish(room, event{Type: "say", Name: r.Name, Text: msg.Text()}); err != nil {
			return err
		}
	}
}

func enter(r *wsh.Request) *wsh.Room {
	doorway.Lock()
	defer doorway.Unlock()
	room := r.Join("chat")
	announce(r, room, "join")
	return room
}

func leave(r *wsh.Request, room *wsh.Room) {
	doorway.Lock()
	defer doorway.Unlock()
	room.Leave()
	announce(r, room, "leave")
}

// announce tells the members who is there now.
func announce(r *wsh.Request, room *wsh.Room, what string) {
	var names []string
	for _, m := range room.Members() {
		names = append(names, m.Name)
	}
	if err := publish(room, event{Type: what, Name: r.Name, Present: names}); err != nil {
		r.Log().Warn("presence not announced", "err", err)
	}
}

func publish(room *wsh.Room, e event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return room.Publish(wsh.Text(string(data)))
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
