//go:build ignore

// Chat is a room with names. Connect to /chat?name=Ann and send plain text; everybody, you too,
// receives JSON:
//
//	{"type":"join","name":"Ann","present":["Bob","Ann"]}
//	{"type":"say","name":"Ann","text":"hello","id":"5fa0c1-1-dfk4"}
//	{"type":"leave","name":"Ann","present":["Bob"]}
//	{"type":"news","text":"what others publish to the room chat"}
//
// With rooms.history: {chat: {messages: 100}} it remembers: who comes gets the last 50 lines, and who comes
// back with &after=, the id of the last line that it has, gets those after it. {"type":"gap"} comes before
// the lines if that cannot be had.
//
// A client that offers subprotocols must offer chat among them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

const (
	protocol = "chat"
	maxName  = 24 // characters
	lines    = 50 // for who comes
)

// event is what clients receive.
type event struct {
	Type    string   `json:"type"`
	Name    string   `json:"name,omitempty"`
	Text    string   `json:"text,omitempty"`
	ID      string   `json:"id,omitempty"` // what to come back with
	Present []string `json:"present,omitempty"`
}

// ours are the connections of this version, on this host; while there are some, watchLost runs.
var ours struct {
	sync.Mutex
	ids  map[string]bool
	stop func()
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
	come(r.ID())
	defer gone(r.ID())
	room, err := enter(r)
	if err != nil {
		return later(err)
	}
	err = talk(r, room)
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
		if err := room.Publish(encode(event{Type: "say", Name: r.Name, Text: msg.Text()})); err != nil {
			return later(err)
		}
	}
}

// RenderPublication adds the id to an event. What is none, others have published.
func RenderPublication(p wsh.Publication) wsh.Message {
	var e event
	if err := json.Unmarshal(p.Message.Data, &e); err != nil || e.Type == "" {
		e = event{Type: "news", Text: p.Message.Text()}
	}
	e.ID = p.ID
	return encode(e)
}

// enter joins, behind the lines that the client has not seen.
func enter(r *wsh.Request) (*wsh.Room, error) {
	if after := r.URL.Query().Get("after"); after != "" {
		room, err := join(r, func() (*wsh.Room, error) { return r.JoinAfter("chat", after) })
		if !errors.Is(err, wsh.ErrForgotten) {
			return room, err
		}
		if err := r.SendMessage(encode(event{Type: "gap"})); err != nil {
			return nil, err
		}
	}
	return join(r, func() (*wsh.Room, error) { return r.JoinLast("chat", lines) })
}

func join(r *wsh.Request, how func() (*wsh.Room, error)) (*wsh.Room, error) {
	doorway.Lock()
	defer doorway.Unlock()
	room, err := how()
	if err != nil {
		return nil, err
	}
	announce(r, room, "join")
	return room, nil
}

// later has the client come back, if what it needs cannot be reached now.
func later(err error) error {
	if errors.Is(err, wsh.ErrUnavailable) {
		return &wsh.CloseError{Code: wsh.StatusTryAgainLater, Reason: "the room cannot be reached now"}
	}
	return err
}

func come(id string) {
	ours.Lock()
	defer ours.Unlock()
	if len(ours.ids) == 0 {
		ctx, stop := context.WithCancel(context.Background())
		ours.ids, ours.stop = map[string]bool{}, stop
		go watchLost(ctx)
	}
	ours.ids[id] = true
}

func gone(id string) {
	ours.Lock()
	defer ours.Unlock()
	if delete(ours.ids, id); len(ours.ids) == 0 {
		ours.stop()
	}
}

// watchLost announces those who are gone with their host, which does not. Where the longest there is ours it
// falls to us.
func watchLost(ctx context.Context) {
	wsh.WatchMembers(ctx, "chat", func(m wsh.Member, joined bool) {
		if joined || !m.Lost {
			return
		}
		members, err := wsh.Members("chat")
		if err != nil || len(members) == 0 || !isOurs(members[0].ID) {
			return
		}
		e := event{Type: "leave", Name: m.Name}
		for _, other := range members {
			e.Present = append(e.Present, other.Name)
		}
		wsh.PublishLive("chat", encode(e))
	})
}

func isOurs(id string) bool {
	ours.Lock()
	defer ours.Unlock()
	return ours.ids[id]
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
	if err := room.PublishLive(encode(event{Type: what, Name: r.Name, Present: names})); err != nil {
		r.Log().Warn("presence not announced", "err", err)
	}
}

func encode(e event) wsh.Message {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // there is nothing in an event that it could be
	}
	return wsh.Text(string(data))
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
