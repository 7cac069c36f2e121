package host

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"

	"wshd/host/door"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/growth"
)

func TestForeignOriginIsRefusedAndLogged(t *testing.T) {
	h := serve(t, handlers{"/echo": &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}}, Config{Rules: Rules{Door: door.Rules{Local: true}}})
	res, _ := dial(t, h.addr).request(head("/echo", "Origin: https://evil.example"))
	if res.StatusCode != 403 {
		t.Errorf("got %s, want 403", res.Status)
	}
	h.log.wait(t, "level=WARN", `msg="request refused"`, `reason="origin not allowed"`, "hint=", "origin=https://evil.example", "resource=/echo")
	connect(t, h.addr, "/echo", "Origin: null")
}

// TestNetworksAndCredentialsComeFirst: they hold for files and for paths where there is nothing, so
// that an outsider cannot tell what there is.
func TestNetworksAndCredentialsComeFirst(t *testing.T) {
	hook := func(*wsh.Request) error { t.Error("a script ran"); return nil }
	h := handlers{"/echo": {DoExtraHandshake: hook, TransferData: hook}}
	nobody := door.OneUser("nobody", "")
	for _, tt := range []struct {
		name  string
		rules door.Rules
		want  int
	}{
		{"networks", door.Rules{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Basic: nobody}, 403},
		{"credentials", door.Rules{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Basic: nobody}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host := serve(t, h, Config{Rules: Rules{Door: tt.rules}})
			for _, request := range []string{
				head("/echo", "Origin: https://evil.example"),
				head("/nothing"),
				"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
				"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
			} {
				res, _ := dial(t, host.addr).request(request)
				if res.StatusCode != tt.want {
					t.Errorf("%.20q: got %s, want %d", request, res.Status, tt.want)
				}
				if asked := res.Header.Get("WWW-Authenticate") != ""; asked != (tt.want == 401) {
					t.Errorf("%.20q: asked for credentials: %v", request, asked)
				}
			}
			if n := strings.Count(host.log.String(), `msg="request refused"`); n != 1 {
				t.Errorf("got %d lines, want one:\n%s", n, host.log)
			}
		})
	}
}

func TestHandlerSeesTheUserAndNotTheToken(t *testing.T) {
	seen := make(chan *wsh.Request, 1)
	h := handlers{"/echo": {DoExtraHandshake: func(r *wsh.Request) error {
		seen <- r
		r.Protocol = r.RequestedProtocols[0]
		return nil
	}, TransferData: echo}}
	allow := door.OneUser("alice", "secret")
	host := serve(t, h, Config{Rules: Rules{Door: door.Rules{Basic: allow, Protocols: []string{"v1"}}}})
	h["/page"] = &wsh.Handler{DoExtraHandshake: accept, TransferData: echo, ServeHTTP: func(w http.ResponseWriter, q *http.Request) {
		io.WriteString(w, "for "+wsh.UserOf(q).Name)
	}}
	if _, body := dial(t, host.addr).request("GET /page HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n"); body != "for alice" {
		t.Errorf("ServeHTTP: got %q, want for alice", body)
	}
	connect(t, host.addr, "/echo", "Authorization: Basic YWxpY2U6c2VjcmV0", "Sec-WebSocket-Protocol: v1")
	if r := <-seen; r.User == nil || r.User.Name != "alice" || r.User.Claims != nil {
		t.Errorf("got %+v, want alice", r.User)
	}
	res, _ := dial(t, host.addr).request(head("/echo", "Authorization: Basic YWxpY2U6c2VjcmV0", "Sec-WebSocket-Protocol: v2"))
	if res.StatusCode != 403 {
		t.Errorf("another subprotocol: got %s, want 403", res.Status)
	}
}

func TestAGuessEndsWithItsClient(t *testing.T) {
	looked := make(chan bool)
	c := Config{}
	c.Door.Basic = func(g door.Guess) error {
		looked <- true
		<-g.Context.Done()
		return g.Context.Err()
	}
	h := serve(t, nil, c)
	for _, request := range []string{head("/x", "Authorization: Basic YWxpY2U6c2VjcmV0"), "GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n"} {
		x := dial(t, h.addr)
		if _, err := io.WriteString(x, request); err != nil {
			t.Fatal(err)
		}
		<-looked
		x.Close()
	}
	h.log.wait(t, "level=INFO", `reason="the client has gone"`)
}

// A site whose name leads to 127.0.0.1 gets neither in nor told what there is.
func TestAReboundNameIsNobodys(t *testing.T) {
	c := Config{
		Documents: fstest.MapFS{"handlers.json": {Data: []byte("null")}},
		Here:      fstest.MapFS{"handlers.json": {Data: []byte("[]")}},
		Missing:   func(string) string { return "here is why" },
		Rules:     Rules{Door: door.Rules{Local: true, Names: []string{"named.example"}}},
	}
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, c)
	for _, tt := range []struct {
		host, header string
		status       int
		told         bool
	}{
		{"evil.example", "", 403, false}, {"127.0.0.1", "", 101, true}, {"localhost", "", 101, true}, {"named.example", "", 101, true},
		{"a.example", "X-Forwarded-For: 192.0.2.1", 101, false}, {"localhost", "X-Forwarded-For: 192.0.2.1", 101, false},
	} {
		_, port, _ := net.SplitHostPort(h.addr)
		at := tt.host + ":" + port
		change := []string{"Host: " + at, "Origin: http://" + at}
		extra := ""
		if tt.header != "" {
			change, extra = append(change, tt.header), tt.header+"\r\n"
		}
		if res, body := dial(t, h.addr).request(head("/echo", change...)); res.StatusCode != tt.status {
			t.Errorf("%s: got %s: %s, want %d", at, res.Status, body, tt.status)
		}
		for path, want := range map[string]string{"/handlers.json": "[]", "/nothing": "here is why\n"} {
			if !tt.told {
				want = map[string]string{"/handlers.json": "null", "/nothing": "nothing is served here\n"}[path]
			}
			if _, body := dial(t, h.addr).request("GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\n" + extra + "\r\n"); body != want {
				t.Errorf("%s of %s %s: got %q, want %q", path, at, tt.header, body, want)
			}
		}
	}
	h.log.wait(t, "request refused", "status=403", "origin=http://evil.example", `reason="host not known"`, "X-Forwarded-For", "trusted_proxies", "--origins default,http://evil.example")
}

func TestATrustedProxyKnowsItsHosts(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{Proxies: proxiesOf(t, "127.0.0.1")})
	connect(t, h.addr, "/echo", "Host: a.example", "Origin: https://a.example") // as HAProxy without forwardfor
}

// The admin side's cookie is for nobody on the other ports to see.
func TestTheHiddenCookieIsSeenByNobody(t *testing.T) {
	seen := make(chan []string, 1)
	h := serve(t, handlers{"/x": {
		DoExtraHandshake: func(r *wsh.Request) error { seen <- r.Header["Cookie"]; return nil }, TransferData: echo,
		ServeHTTP: func(_ http.ResponseWriter, q *http.Request) { seen <- q.Header["Cookie"] },
	}}, Config{HideCookie: "wshd_admin"})
	for cookies, want := range map[string]string{
		"wshd_admin=s": "", "a=b; wshd_admin=s; c=d": "a=b; c=d", "a=b;wshd_admin=s": "a=b", " wshd_admin = s; a=b": "a=b",
		"wshd_admins=s": "wshd_admins=s", "a=wshd_admin": "a=wshd_admin", "wshd_admin": "", "a=b\r\nCookie: wshd_admin=s": "a=b", "a=b": "a=b",
	} {
		for _, raw := range []string{head("/x", "Cookie: "+cookies), "GET /x HTTP/1.1\r\nHost: x\r\nCookie: " + cookies + "\r\n\r\n"} {
			dial(t, h.addr).request(raw)
			if got := strings.Join(<-seen, "|"); got != want {
				t.Errorf("%q: got %q, want %q", cookies, got, want)
			}
		}
	}
}

func BenchmarkHideCookie(b *testing.B) {
	growth.Doubling(b, 1<<10, 1<<15, func(n int) func() {
		cookies := strings.Repeat("a=b; ", n/5) + "wshd_admin=s"
		return func() { hideCookie(http.Header{"Cookie": {cookies}}, "wshd_admin") }
	})
}
