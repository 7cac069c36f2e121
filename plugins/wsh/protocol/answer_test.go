package protocol

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

func TestAnswerToDoExtraHandshake(t *testing.T) {
	forbidden := &Refusal{Status: 403, Reason: "Forbidden"}
	header := http.Header{"Location": {"/"}}
	for _, test := range []struct {
		name  string
		err   error
		want  *Refusal
		abort bool
	}{
		{"nil", nil, nil, false},
		{"abort", fmt.Errorf("x: %w", wsh.ErrAborted), nil, true},
		{"another error", errors.New("broken"), forbidden, false},
		{"status, reason and header", &wsh.HandshakeError{Status: 302, Reason: "there", Header: header}, &Refusal{302, "there", header}, false},
		{"wrapped", fmt.Errorf("x: %w", &wsh.HandshakeError{Status: 599}), &Refusal{Status: 599}, false},
		{"no reason", &wsh.HandshakeError{Status: 404}, &Refusal{Status: 404, Reason: "Not Found"}, false},
		{"status below", &wsh.HandshakeError{Status: 299, Reason: "x"}, forbidden, false},
		{"status above", &wsh.HandshakeError{Status: 600, Reason: "x"}, forbidden, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, abort := AnswerTo(test.err)
			if !reflect.DeepEqual(got, test.want) || abort != test.abort {
				t.Errorf("got %+v, %v, want %+v, %v", got, abort, test.want, test.abort)
			}
		})
	}
}

func TestProtocolIsChosenIfOneWasRequested(t *testing.T) {
	for _, test := range []struct {
		requested []string
		chosen    string
		reason    string
	}{
		{nil, "", ""},
		{[]string{"a", "b"}, "b", ""},
		{[]string{"a"}, "c", ""},
		{[]string{"a", "bearer.secret", "bearer"}, "", "none of the requested subprotocols is spoken here: a, bearer...., bearer"},
		{nil, "a", "the handler wants the subprotocol a, and none was requested"},
		{[]string{"a"}, "a b", "the handler chose a subprotocol that is not a token"},
	} {
		got := CheckProtocol(&wsh.Request{RequestedProtocols: test.requested, Protocol: test.chosen})
		if got == nil && test.reason != "" || got != nil && (got.Status != 400 || got.Reason != test.reason) {
			t.Errorf("%q of %q: got %+v, want %q", test.chosen, test.requested, got, test.reason)
		}
	}
}

func TestAnswersOnTheWire(t *testing.T) {
	extra := http.Header{"x-b": {"1", "2\r\nSet-Cookie: a"}, "A": {"\x00"}, "upgrade": {"h2c"}, "Content-length": {"9"}, "b c": {"d"}}
	r := &wsh.Request{
		Header: http.Header{"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}, Protocol: "chat", ExtraHeaders: extra,
		Extensions: []wsh.Extension{{Name: "permessage-deflate", Params: []wsh.ExtensionParam{{Name: "server_max_window_bits", Value: "10"}}}},
	}
	want := "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\nSec-WebSocket-Protocol: chat\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\nA:  \nx-b: 1\nx-b: 2  Set-Cookie: a\n\n"
	if got := strings.ReplaceAll(string(AppendAnswer(nil, r)), "\r\n", "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	no := &Refusal{Status: 401, Reason: "who?", Header: http.Header{"WWW-Authenticate": {"Basic"}, "Connection": {"keep-alive"}}}
	want = "HTTP/1.1 401 Unauthorized\nContent-Type: text/plain; charset=utf-8\nContent-Length: 5\nConnection: close\n" +
		"WWW-Authenticate: Basic\n\nwho?\n"
	if got := strings.ReplaceAll(string(no.Append(nil)), "\r\n", "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
