package host

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wshd/host/documents"
	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// closed lets nobody in who has no password.
func closed() *Rules { return &Rules{Door: door.Rules{Basic: door.OneUser("alice", "secret")}} }

const alice = "Authorization: Basic YWxpY2U6c2VjcmV0"

func TestRulesOfWhatIsServedHoldToo(t *testing.T) {
	root := t.TempDir()
	for name, mode := range map[string]os.FileMode{"cgi-bin/admin": 0o755, "cgi-bin/open": 0o755, "docs/index.html": 0o644, "private/page.html": 0o644, "public/x.html": 0o644} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nran'\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"public/linked": "../private/page.html", "cgi-bin/alias": "admin"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	docs, err := documents.Open(documents.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	chat := &wsh.Handler{Script: "rooms/chat_wsh.go", DoExtraHandshake: accept, TransferData: echo, ServeHTTP: func(w http.ResponseWriter, _ *http.Request) {}}
	folder := &wsh.Handler{Script: "rooms/folder_wsh", DoExtraHandshake: accept, TransferData: echo}
	h := serve(t, handlers{"/chat": chat, "/rooms/chat": chat, "/open/chat": chat, "/folder": folder}, Config{Documents: docs, CGI: CGI{Paths: []string{"/cgi-bin"}},
		Paths: map[string]*Rules{"/rooms/": closed(), "/cgi-bin/admin": closed(), "/docs/index.html": closed(), "/private/": closed(), "/open/": {}}})
	handshake := func(path string) string { return head(path) }
	request := func(path string) string { return fmt.Sprintf(get, path) }
	for _, tt := range []struct {
		path string
		make func(path string) string
		want int
	}{
		{"/rooms/chat", handshake, 101}, {"/chat", handshake, 101}, {"/open/chat", handshake, 101}, {"/folder", handshake, 101}, {"/chat", request, 200},
		{"/cgi-bin/admin", request, 200}, {"/cgi-bin/admin/x", request, 200}, {"/cgi-bin/admin%2Fx", request, 200}, {"//cgi-bin/admin/x/", request, 200},
		{"/cgi-bin/alias/x", request, 200}, {"/docs/", request, 200}, {"/docs", request, 301}, {"/docs/index.html", request, 200}, {"/public/linked", request, 200},
		{"/private/page.html", request, 200},
	} {
		if res, body := dial(t, h.addr).request(tt.make(tt.path)); res.StatusCode != 401 {
			t.Errorf("%s without a password: got %s: %s, want 401", tt.path, res.Status, body)
		}
		raw := strings.Replace(tt.make(tt.path), "\r\n\r\n", "\r\n"+alice+"\r\n\r\n", 1)
		if res, body := dial(t, h.addr).request(raw); res.StatusCode != tt.want {
			t.Errorf("%s with a password: got %s: %s, want %d", tt.path, res.Status, body, tt.want)
		}
	}
	for _, path := range []string{"/cgi-bin/open/admin", "/public/x.html"} {
		if res, body := dial(t, h.addr).request(request(path)); res.StatusCode != 200 {
			t.Errorf("%s: got %s: %s, want 200", path, res.Status, body)
		}
	}
}

// With a rule for the alias and one for the handler, an attempt has to please both.
func TestBothRulesHoldForAnAlias(t *testing.T) {
	here := netip.MustParsePrefix("127.0.0.0/8")
	users := make(chan *wsh.User, 1)
	chat := &wsh.Handler{Script: "rooms/chat_wsh.go", TransferData: echo, DoExtraHandshake: func(r *wsh.Request) error {
		users <- r.User
		if len(r.RequestedProtocols) > 0 {
			r.Protocol = r.RequestedProtocols[0]
		}
		return nil
	}}
	tokens := &door.Tokens{Now: time.Now}
	for _, tt := range []struct {
		name         string
		alias, rooms Rules
		change       []string
		want         int
	}{
		{"networks of the handler", Rules{}, Rules{Door: door.Rules{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}, nil, 403},
		{"networks of the alias", Rules{Door: door.Rules{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}, Rules{}, nil, 403},
		{"both", Rules{Door: door.Rules{Networks: []netip.Prefix{here}}}, *closed(), []string{alice}, 101},
		{"origins of the handler", Rules{Door: door.Rules{Origins: []string{"*"}}}, Rules{Door: door.Rules{Origins: []string{"https://a.example"}}}, []string{"Origin: https://b.example"}, 403},
		{"origins of both", Rules{Door: door.Rules{Origins: []string{"*"}}}, Rules{Door: door.Rules{Origins: []string{"https://a.example"}}}, []string{"Origin: https://a.example"}, 101},
		{"subprotocols of the handler", Rules{}, Rules{Door: door.Rules{Protocols: []string{"v1"}}}, nil, 403},
		{"a token where the alias asks for none", Rules{}, Rules{Door: door.Rules{Tokens: tokens}}, []string{"Sec-WebSocket-Protocol: bearer.x.y.z, v1"}, 401},
		{"a token that only the alias asks for", Rules{Door: door.Rules{Tokens: tokens, Basic: door.OneUser("alice", "secret")}}, *closed(), []string{alice, "Sec-WebSocket-Protocol: v1"}, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, handlers{"/chat": chat}, Config{Paths: map[string]*Rules{"/chat": &tt.alias, "/rooms/": &tt.rooms}})
			res, body := dial(t, h.addr).request(head("/chat", tt.change...))
			if res.StatusCode != tt.want {
				t.Errorf("got %s: %s, want %d", res.Status, body, tt.want)
			}
			if res.StatusCode == 101 {
				<-users
			}
		})
	}
}

func TestStricterBoundsHoldForAnAlias(t *testing.T) {
	var a, b Rules
	a.Stream = stream.Config{MessageSize: -1, WriteTimeout: -1, MessagesPerSecond: 5, IdleTimeout: time.Minute, Compression: true}
	b.Stream = stream.Config{MessageSize: 10, MessagesPerSecond: 7, BytesPerSecond: 9, Lifetime: time.Hour, CloseOverRate: true}
	want := stream.Config{MessageSize: 10, WriteTimeout: stream.DefaultWriteTimeout, MessagesPerSecond: 5, BytesPerSecond: 9,
		IdleTimeout: time.Minute, Lifetime: time.Hour, CloseOverRate: true}
	for _, e := range []*entry{{rules: &a, also: []*Rules{&b}}, {rules: &b, also: []*Rules{&a}}} {
		got := e.bounds()
		got.Compression = false
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	chat := &wsh.Handler{Script: "rooms/chat_wsh.go", DoExtraHandshake: accept, TransferData: echo}
	a, b = Rules{}, Rules{Bounds: limit.Bounds{Group: "/rooms/", Connections: 1}, Stream: stream.Config{MessageSize: 3}}
	h := serve(t, nil, Config{Lookup: func(context.Context, string) Found { return found(chat) }, Paths: map[string]*Rules{"/chat": &a, "/rooms/": &b}})
	c := connect(t, h.addr, "/chat")
	if got := tries(t, h.addr, "/rooms/chat"); got != "503 10" {
		t.Errorf("got %s, want 503 10", got)
	}
	c.send(wsh.OpcodeText, "four")
	if got := c.frame(); !strings.HasPrefix(got, "C1009") {
		t.Errorf("got %s, want a close with 1009", got)
	}
}
