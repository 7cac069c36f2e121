package host

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"testing"

	"wshd/host/door"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/growth"
	"wshd/plugins/wsh/protocol"
)

func TestHandshakeByRFC6455(t *testing.T) {
	takeLast := func(r *wsh.Request) error {
		if n := len(r.RequestedProtocols); n > 0 {
			r.Protocol = r.RequestedProtocols[n-1]
		}
		return nil
	}
	h := serve(t, handlers{"/echo": {DoExtraHandshake: takeLast, TransferData: echo}}, Config{Rules: Rules{Door: door.Rules{Origins: []string{"*"}}}})
	const key = "Sec-WebSocket-Key: "
	tests := []struct {
		name, raw string
		status    int
	}{
		{"good", head("/echo"), 101},
		{"upgrade in capitals", head("/echo", "Upgrade: WEBSOCKET"), 101},
		{"connection is a list", head("/echo", "Connection: keep-alive, Upgrade"), 101},
		{"two Connection lines", head("/echo", "Connection: keep-alive", "Connection: Upgrade"), 101},
		{"empty extra header", head("/echo", "X-Empty: "), 101},
		{"foreign origin", head("/echo", "Origin: http://elsewhere.example"), 101},
		{"query", head("/echo?a=b"), 101},
		{"POST", strings.Replace(head("/echo"), "GET", "POST", 1), 400},
		{"HTTP/1.0", strings.Replace(head("/echo"), "HTTP/1.1", "HTTP/1.0", 1), 400},
		{"no Host", head("/echo", "Host: "), 400},
		{"empty Host", strings.Replace(head("/echo"), "Host: 127.0.0.1", "Host:", 1), 400},
		{"no Upgrade", head("/echo", "Upgrade: "), 400},
		{"another Upgrade", head("/echo", "Upgrade: nonwebsocket"), 400},
		{"no Connection", head("/echo", "Connection: "), 400},
		{"another Connection", head("/echo", "Connection: Downgrade"), 400},
		{"a body", head("/echo", "Content-Length: 4"), 400},
		{"a chunked body", head("/echo", "Transfer-Encoding: chunked"), 400},
		{"no key", head("/echo", key), 400},
		{"short key", head("/echo", key+"dGhl"), 400},
		{"15 bytes", head("/echo", key+"dGhlIHNhbXBsZSBub25j"), 400},
		{"17 bytes", head("/echo", key+"dGhlIHNhbXBsZSBub25jZXg="), 400},
		{"bits that belong to no byte", head("/echo", key+"dGhlIHNhbXBsZSBub25jZR=="), 101},
		{"the RFC's example of 16 bytes", head("/echo", key+"AQIDBAUGBwgJCgsMDQ4PEC=="), 101},
		{"one padding less", head("/echo", key+"dGhlIHNhbXBsZSBub25jZQ="), 400},
		{"no padding", head("/echo", key+"dGhlIHNhbXBsZSBub25jZQ"), 400},
		{"a space within", head("/echo", key+"dGhlIHNhbXBs ZSBub25jZQ=="), 400},
		{"URL alphabet", head("/echo", key+"__hlIHNhbXBsZSBub25jZQ=="), 400},
		{"garbage after the key", head("/echo", key+"dGhlIHNhbXBsZSBub25jZQ==x"), 400},
		{"two keys", head("/echo", key+"dGhlIHNhbXBsZSBub25jZQ==", key+"dGhlIHNhbXBsZSBub25jZQ=="), 400},
		{"no version", head("/echo", "Sec-WebSocket-Version: "), 400},
		{"version 8", head("/echo", "Sec-WebSocket-Version: 8"), 400},
		{"version 013", head("/echo", "Sec-WebSocket-Version: 013"), 400},
		{"version 13, 13", head("/echo", "Sec-WebSocket-Version: 13, 13"), 400},
		{"protocols", head("/echo", "Sec-WebSocket-Protocol: chat, superchat"), 101},
		{"empty protocol header", head("/echo", "Sec-WebSocket-Protocol: "), 400},
		{"only commas", head("/echo", "Sec-WebSocket-Protocol: ,,"), 400},
		{"protocol no token", head("/echo", "Sec-WebSocket-Protocol: a;b"), 400},
		{"protocol with parentheses", head("/echo", "Sec-WebSocket-Protocol: chat, (super)"), 400},
		{"protocol beyond ASCII", head("/echo", "Sec-WebSocket-Protocol: café"), 400},
		{"malformed extension", head("/echo", "Sec-WebSocket-Extensions: foo foo"), 400},
		{"unknown extension", head("/echo", "Sec-WebSocket-Extensions: foo; a=1"), 101},
		{"no handler", head("/nowhere"), 404},
	}
	accepts := map[string]string{ // of the letters as they came
		"bits that belong to no byte":   acceptOf("dGhlIHNhbXBsZSBub25jZR=="),
		"the RFC's example of 16 bytes": "OfS0wDaT5NoxF2gqm7Zj2YtetzM=",
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := dial(t, h.addr).request(tt.raw)
			if res.StatusCode != tt.status {
				t.Fatalf("got %d %s, want %d", res.StatusCode, body, tt.status)
			}
			versions := res.Header.Get("Sec-WebSocket-Version")
			if wrong := strings.HasPrefix(tt.name, "version") || tt.name == "no version"; wrong != (versions == "13") {
				t.Errorf("got Sec-WebSocket-Version %q", versions)
			}
			if got, want := res.Header.Get("Sec-WebSocket-Accept"), accepts[tt.name]; res.StatusCode == 101 && got != cmp.Or(want, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
				t.Errorf("got Sec-WebSocket-Accept %q", got)
			}
		})
	}
}

func TestTheAnswerHasNoHeaderButTheNeeded(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	res, _ := dial(t, h.addr).request(head("/echo"))
	if len(res.Header) != 3 || res.Header.Get("Upgrade") != "websocket" || res.Header.Get("Connection") != "Upgrade" {
		t.Errorf("got %v", res.Header)
	}
}

func TestExtraHandshakeDecides(t *testing.T) {
	tests := []struct {
		name   string
		hook   func(*wsh.Request) error
		change []string
		status int // 0: the connection ends without an answer
		header string
		body   string
	}{
		{"accepts", accept, nil, 101, "", ""},
		{"extra headers keep repeats", func(r *wsh.Request) error {
			r.ExtraHeaders.Add("X-Extra", "one")
			r.ExtraHeaders.Add("X-Extra", "two")
			return nil
		}, nil, 101, "X-Extra: one,two", ""},
		{"a line end in a header is none", func(r *wsh.Request) error {
			r.ExtraHeaders.Set("X-Extra", "one\r\nX-Other: two")
			return nil
		}, nil, 101, "X-Extra: one  X-Other: two", ""},
		{"ours cannot be doubled", func(r *wsh.Request) error {
			r.ExtraHeaders.Set("Upgrade", "other")
			return nil
		}, nil, 101, "Upgrade: websocket", ""},
		{"any error", func(*wsh.Request) error { return errors.New("no") }, nil, 403, "", "Forbidden\n"},
		{"a panic", func(*wsh.Request) error { panic("boom") }, nil, 403, "", "Forbidden\n"},
		{"a status", func(*wsh.Request) error {
			return &wsh.HandshakeError{Status: 429, Reason: "later", Header: http.Header{"Retry-After": {"5"}}}
		}, nil, 429, "Retry-After: 5", "later\n"},
		{"a status without reason", func(*wsh.Request) error { return &wsh.HandshakeError{Status: 404} }, nil, 404, "", "Not Found\n"},
		{"a status that is none", func(*wsh.Request) error { return &wsh.HandshakeError{Status: 101} }, nil, 403, "", "Forbidden\n"},
		{"abort", func(*wsh.Request) error { return wsh.ErrAborted }, nil, 0, "", ""},
		{"protocol chosen", func(r *wsh.Request) error { r.Protocol = "b"; return nil },
			[]string{"Sec-WebSocket-Protocol: a, b"}, 101, "Sec-WebSocket-Protocol: b", ""},
		{"protocol of nobody's asking", func(r *wsh.Request) error { r.Protocol = "c"; return nil },
			[]string{"Sec-WebSocket-Protocol: a, b"}, 101, "Sec-WebSocket-Protocol: c", ""},
		{"protocol not chosen", accept, []string{"Sec-WebSocket-Protocol: a, b"}, 400, "",
			"none of the requested subprotocols is spoken here: a, b\n"},
		{"protocol not owed", func(r *wsh.Request) error { r.RequestedProtocols = nil; return nil },
			[]string{"Sec-WebSocket-Protocol: a"}, 101, "Sec-WebSocket-Protocol: ", ""},
		{"protocol forced", func(r *wsh.Request) error { r.Protocol = "b"; return nil }, nil, 400, "",
			"the handler wants the subprotocol b, and none was requested\n"},
		{"protocol no token", func(r *wsh.Request) error { r.Protocol = "a b"; return nil },
			[]string{"Sec-WebSocket-Protocol: a"}, 400, "", "the handler chose a subprotocol that is not a token\n"},
		{"raw bytes, then abort", func(r *wsh.Request) error {
			if err := r.WriteRaw([]byte("HTTP/1.1 299 Mine\r\nContent-Length: 3\r\n\r\nraw")); err != nil {
				return err
			}
			return wsh.ErrAborted
		}, nil, 299, "", "raw"},
		{"sending is too early", func(r *wsh.Request) error {
			if err := r.SendText("x"); !errors.Is(err, wsh.ErrBadOperation) {
				return nil
			}
			return &wsh.HandshakeError{Status: 418}
		}, nil, 418, "", "I'm a teapot\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, handlers{"/x": {DoExtraHandshake: tt.hook, TransferData: echo}}, Config{})
			c := dial(t, h.addr)
			if tt.status == 0 {
				if _, err := c.Write([]byte(head("/x", tt.change...))); err != nil {
					t.Fatal(err)
				}
				c.want("EOF")
				return
			}
			res, body := c.request(head("/x", tt.change...))
			if res.StatusCode != tt.status || body != tt.body {
				t.Fatalf("got %d %q, want %d %q", res.StatusCode, body, tt.status, tt.body)
			}
			if name, want, _ := strings.Cut(tt.header, ": "); tt.header != "" && strings.Join(res.Header.Values(name), ",") != want {
				t.Errorf("got %s %q, want %q", name, res.Header.Values(name), want)
			}
		})
	}
}

func TestTheHandshakeHookSeesTheRequest(t *testing.T) {
	seen := make(chan *wsh.Request, 1)
	h := serve(t, handlers{"/info": {TransferData: echo, DoExtraHandshake: func(r *wsh.Request) error {
		r.Protocol = "b"
		seen <- r
		return nil
	}}}, Config{Rules: Rules{Door: door.Rules{Origins: []string{"*"}}}})
	connect(t, h.addr, "/info?q=v%20w", "Origin: http://example.com", "Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b",
		`Sec-WebSocket-Extensions: x; y="z"; w`, "X-Mine: 1")
	r := <-seen
	if r.Method != "GET" || r.Resource != "/info?q=v%20w" || r.Proto != "HTTP/1.1" || r.Host != "127.0.0.1" ||
		r.Origin != "http://example.com" || r.URL.Query().Get("q") != "v w" || r.Header.Get("X-Mine") != "1" || r.Version != 13 {
		t.Errorf("got %+v", r)
	}
	if strings.Join(r.RequestedProtocols, " ") != "a b" || len(r.RequestedExtensions) != 1 || r.RequestedExtensions[0].String() != "x; y=z; w" {
		t.Errorf("got protocols %q, extensions %v", r.RequestedProtocols, r.RequestedExtensions)
	}
	if r.IsHTTPS() || !strings.HasPrefix(r.RemoteAddr, "127.0.0.1:") {
		t.Errorf("got IsHTTPS %v, RemoteAddr %q", r.IsHTTPS(), r.RemoteAddr)
	}
}

func TestParseExtensions(t *testing.T) {
	tests := []struct {
		header, want string // joined by " | "; "!" is malformed
	}{
		{"", ""},
		{"  ", ""},
		{"foo", "foo"},
		{"foo, bar;a;b=c", "foo | bar; a; b=c"},
		{`permessage-deflate, , unknown; e   =    "mc^2"; pv=nrt`, "permessage-deflate | unknown; e=mc^2; pv=nrt"},
		{`a; b="  8 "`, "a; b=  8 "},
		{`a; b="c\"d"`, `a; b=c"d`},
		{",,,", "!"}, {"foo; ; ", "!"}, {"foo; a a", "!"}, {"foo foo", "!"}, {"foo; bar=", "!"}, {`foo; bar=""`, "!"},
		{`foo; bar="hoge`, "!"}, {`foo; bar="hoge\`, "!"}, {"foo; =x", "!"}, {`"foo"`, "!"}, {"foo;", "!"},
	}
	for _, tt := range tests {
		list, ok := parseExtensions(tt.header)
		var names []string
		for _, e := range list {
			names = append(names, e.String())
		}
		got := strings.Join(names, " | ")
		if !ok {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.header, got, tt.want)
		}
	}
}

// FuzzParseExtensions holds that what was read, written out, is read the same again.
func FuzzParseExtensions(f *testing.F) {
	for _, seed := range []string{"", "foo, bar;a;b=c", `x; e   =    "mc^2"; pv=nrt`, "a,,b", `a; b="\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		list, ok := parseExtensions(header)
		if !ok {
			return
		}
		var names []string
		for _, e := range list {
			for _, p := range e.Params {
				if p.Value != "" && !protocol.IsToken(p.Value) {
					return // was quoted
				}
			}
			names = append(names, e.String())
		}
		again, ok := parseExtensions(strings.Join(names, ", "))
		if !ok || len(again) != len(list) {
			t.Fatalf("%q was read as %q, and that as %v", header, names, again)
		}
		for i := range again {
			if again[i].String() != list[i].String() {
				t.Errorf("%q: got %q, want %q", header, again[i], list[i])
			}
		}
	})
}

func BenchmarkParseExtensions(b *testing.B) {
	growth.Doubling(b, 1<<8, 1<<15, func(n int) func() {
		header := strings.Repeat(`a; b="c", `, n/10) + "a"
		return func() { parseExtensions(header) }
	})
}

func BenchmarkParseProtocols(b *testing.B) {
	growth.Doubling(b, 1<<8, 1<<15, func(n int) func() {
		header := []string{strings.Repeat("chat, ", n/6) + "a"}
		return func() { parseProtocols(header) }
	})
}
