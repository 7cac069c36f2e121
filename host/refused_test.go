package host

import (
	"strings"
	"testing"
	"testing/fstest"

	"wshd/host/door"
	"wshd/plugins/wsh"
)

// TestEveryRefusedHandshakeIsLogged: a browser does not show the status, so the log has to.
func TestEveryRefusedHandshakeIsLogged(t *testing.T) {
	ws := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	missing := func(path string) string {
		switch path {
		case "/ecko":
			return "nothing is served here; did you mean /echo?"
		case "/broken":
			return "broken_wsh.go does not load:\n\nbroken_wsh.go:1:1: no"
		}
		return ""
	}
	for _, tt := range []struct {
		name, raw string
		status    int
		want      []string // of its line
	}{
		{"mistyped", head("/ecko"), 404, []string{"level=WARN", `reason="no handler at this path"`, "resource=/ecko", `hint="nothing is served here; did you mean /echo?"`}},
		{"broken", head("/broken"), 404, []string{`reason="no handler at this path"`, `hint="broken_wsh.go does not load"`}},
		{"like nothing", head("/nowhere"), 404, []string{`hint="wshd routes lists the paths that have one"`}},
		{"from elsewhere", head("/ecko", "X-Forwarded-For: 192.0.2.1"), 404, []string{"did you mean /echo?"}},
		{"a file", head("/a.txt"), 200, []string{`reason="what is there is no handler"`, "resource=/a.txt"}},
		{"another host", strings.Replace(head("/echo"), "GET /echo", "GET ws://example.com/echo", 1), 404, []string{`reason="another host or port is asked for"`, "resource=ws://example.com/echo", "validation_host"}},
		{"a fragment", head("/echo#x"), 400, []string{`reason="a fragment in the request target"`}},
		{"without Upgrade", strings.Replace(head("/echo"), "Upgrade: websocket\r\n", "", 1), 400, []string{`reason="the Upgrade header is missing: a proxy in between must pass Upgrade and Connection on"`}},
		{"HTTP/1.0", strings.Replace(head("/echo"), "HTTP/1.1", "HTTP/1.0", 1), 400, []string{`reason="a WebSocket handshake is HTTP/1.1 or later: a proxy in between must speak that to this host"`}},
		{"huge path", head("/" + strings.Repeat("x", 10_000)), 404, []string{"xxx…"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, handlers{"/echo": ws}, Config{Missing: missing, Documents: fstest.MapFS{"a.txt": {}}})
			res, body := dial(t, h.addr).request(tt.raw)
			if res.StatusCode != tt.status || res.StatusCode == 404 && body != "nothing is served here\n" {
				t.Errorf("got %s %q, want %d", res.Status, body, tt.status)
			}
			h.log.wait(t, append(tt.want, `msg="request refused"`, "remote=127.0.0.1")...)
			if len(h.log.String()) > 2000 {
				t.Errorf("a line of %d bytes", len(h.log.String()))
			}
		})
	}
	t.Run("a plain request", func(t *testing.T) {
		h := serve(t, handlers{"/echo": ws}, Config{Missing: missing})
		if res, _ := dial(t, h.addr).request("GET /ecko HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); res.StatusCode != 404 {
			t.Errorf("got %s", res.Status)
		}
		if text := h.log.String(); strings.Contains(text, "refused") {
			t.Errorf("logged %s", text)
		}
	})
}

// TestASecondOriginIsLoggedToo: and both with what to type, by what is configured.
func TestASecondOriginIsLoggedToo(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}},
		Config{Rules: Rules{Door: door.Rules{Origins: []string{"default", "https://a.example"}}}})
	for _, tt := range []struct{ origin, hint string }{
		{"https://b.example", "--origins default,https://a.example,https://b.example"},
		{"http://c.example:8080", "--origins default,https://a.example,http://c.example:8080"},
		{"https://$(reboot)", "--origins default,https://a.example,ORIGIN"},
		{"null", "--origins default,https://a.example,null"},
	} {
		if res, _ := dial(t, h.addr).request(head("/echo", "Origin: "+tt.origin)); res.StatusCode != 403 {
			t.Errorf("%s: got %s, want 403", tt.origin, res.Status)
		}
		h.log.wait(t, `msg="request refused"`, "origin="+tt.origin, "or pass "+tt.hint+`"`)
	}
}
