package host

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"wshd/host/documents"
	"wshd/host/door"
	"wshd/plugins/wsh"
)

const get = "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

func TestDispatch(t *testing.T) {
	ws := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	plain := &wsh.Handler{ServeHTTP: func(w http.ResponseWriter, q *http.Request) { fmt.Fprint(w, "plain") }}
	both := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo, ServeHTTP: func(w http.ResponseWriter, q *http.Request) {
		fmt.Fprintf(w, "%s %s", q.Method, q.FormValue("message"))
	}}
	missing := func(path string) string { return map[string]string{"/broken": "broken at 1:1"}[path] }
	h := serve(t, handlers{"/echo": ws, "/": ws, "/both": both, "/plain": plain, "/a.txt": ws}, Config{Missing: missing, Rules: Rules{Door: door.Rules{Local: true}}, Documents: fstest.MapFS{
		"index.html":       {Data: []byte("<p>start")},
		"a.txt":            {Data: []byte("a")},
		"dir/index.html":   {Data: []byte("<p>dir")},
		"bare/x.txt":       {Data: []byte("x")},
		".secret":          {Data: []byte("s")},
		"chat_wsh.go":      {Data: []byte("package main")},
		"big_wsh/big.go":   {Data: []byte("package big")},
		".well-known/fine": {Data: []byte("fine")},
	}})
	tests := []struct {
		name, raw string
		status    int
		body      string
	}{
		{"a handler that does not load", head("/broken"), 404, "broken at 1:1\n"},
		{"the same by a proxy", head("/broken", "X-Forwarded-For: 192.0.2.1"), 404, "nothing is served here\n"},
		{"the same by another name", strings.Replace(head("/broken"), "Host: ", "Host: evil.example\r\nX-Host: ", 1), 404, "nothing is served here\n"},
		{"the same by a plain request", fmt.Sprintf(get, "/broken"), 404, "broken at 1:1\n"},
		{"handler", head("/echo"), 101, ""},
		{"handler on /", head("/"), 101, ""},
		{"document where a handler has no ServeHTTP", fmt.Sprintf(get, "/"), 200, "<p>start"},
		{"the same, by name", fmt.Sprintf(get, "/a.txt"), 200, "a"},
		{"plain request to a handler", fmt.Sprintf(get, "/echo"), 400,
			"this is a WebSocket handler: connect to ws://127.0.0.1/echo with a WebSocket client\n"},
		{"ServeHTTP", fmt.Sprintf(get, "/both?message=hi"), 200, "GET hi"},
		{"ServeHTTP by POST", "POST /both HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nmessage=hi", 200, "POST hi"},
		{"WebSocket beside ServeHTTP", head("/both"), 101, ""},
		{"ServeHTTP alone", fmt.Sprintf(get, "/plain"), 200, "plain"},
		{"WebSocket where ServeHTTP is alone", head("/plain"), 200, "plain"},
		{"file", fmt.Sprintf(get, "/a.txt"), 200, "a"},
		{"HEAD", strings.Replace(fmt.Sprintf(get, "/a.txt"), "GET", "HEAD", 1), 200, ""},
		{"a handshake for a file", head("/dir/", "Connection: Upgrade, close"), 200, "<p>dir"},
		{"folder", fmt.Sprintf(get, "/dir/"), 200, "<p>dir"},
		{"folder without slash", fmt.Sprintf(get, "/dir"), 301, ""},
		{"folder without index is not listed", fmt.Sprintf(get, "/bare/"), 404, "nothing is served here\n"},
		{"POST to a file", strings.Replace(fmt.Sprintf(get, "/dir/"), "GET", "POST", 1), 404, "nothing is served here\n"},
		{"hidden", fmt.Sprintf(get, "/.secret"), 404, "nothing is served here\n"},
		{"hidden, escaped", fmt.Sprintf(get, "/%2esecret"), 404, "nothing is served here\n"},
		{"well-known", fmt.Sprintf(get, "/.well-known/fine"), 200, "fine"},
		{"a handler's source", fmt.Sprintf(get, "/chat_wsh.go"), 404, "nothing is served here\n"},
		{"a folder handler's source", fmt.Sprintf(get, "/big_wsh/big.go"), 404, "nothing is served here\n"},
		{"out of the root", fmt.Sprintf(get, "/../../etc/passwd"), 404, "nothing is served here\n"},
		{"missing", fmt.Sprintf(get, "/nowhere"), 404, "nothing is served here\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := dial(t, h.addr).request(tt.raw)
			if res.StatusCode != tt.status || body != tt.body {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	seen := make(chan string, 1)
	ws := &wsh.Handler{TransferData: echo, DoExtraHandshake: func(r *wsh.Request) error {
		seen <- r.Resource
		return nil
	}}
	found := handlers{"/echo": ws, "/": ws}
	h := serve(t, found, Config{})
	named := serve(t, found, Config{ValidationHost: "ws.example", ValidationPort: 7})
	_, port, _ := strings.Cut(h.addr, ":")
	tests := []struct {
		target   string
		status   int
		resource string
	}{
		{"/echo", 101, "/echo"},
		{"/echo?q=v%20w", 101, "/echo?q=v%20w"},
		{"/echo?", 101, "/echo?"},
		{"/%65cho", 404, ""}, {"/./echo", 404, ""}, {"/x/../echo", 404, ""}, {"//echo", 404, ""}, {"/echo/", 404, ""}, {"/ECHO", 404, ""},
		{"/echo#x", 400, ""}, {"/echo?a#b", 400, ""}, {"/echo#", 400, ""}, {"/nowhere#x", 404, ""},
		{"ws://localhost:PORT/echo", 101, "/echo"},
		{"ws://127.0.0.1:PORT/echo?x", 101, "/echo?x"},
		{"ws://[::1]:PORT/echo", 101, "/echo"},
		{"WSS://LOCALHOST:PORT/echo", 101, "/echo"},
		{"ws://localhost:PORT", 101, "/"},
		{"ws://localhost:PORT?q", 101, "/?q"},
		{"ws://localhost:PORT/echo#f", 400, ""},
		{"ws://elsewhere:PORT/echo", 404, ""}, {"ws://localhost:1/echo", 404, ""}, {"ws://localhost/echo", 404, ""},
		{"ws:///echo", 404, ""}, {"ws://localhost:99999/echo", 404, ""}, {"*", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			res, body := dial(t, h.addr).request(head(strings.Replace(tt.target, "PORT", port, 1)))
			if res.StatusCode != tt.status {
				t.Fatalf("got %d %q, want %d", res.StatusCode, body, tt.status)
			}
			if tt.status == 101 {
				if got := <-seen; got != tt.resource {
					t.Errorf("got resource %q, want %q", got, tt.resource)
				}
			}
		})
	}
	for target, status := range map[string]int{"ws://WS.example:7/echo": 101, "ws://localhost:7/echo": 404, "ws://ws.example:8/echo": 404, "/echo": 101} {
		res, _ := dial(t, named.addr).request(head(target))
		if res.StatusCode != status {
			t.Errorf("%s: got %d, want %d", target, res.StatusCode, status)
		}
		if status == 101 {
			<-seen
		}
	}
}

func TestCGI(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "cgi-bin")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("show.sh", "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nprintf '%s|%s|%s|%s|' \"$REQUEST_METHOD\" \"$QUERY_STRING\" \"$SCRIPT_NAME\" \"$PATH_INFO\"\ncat\n", 0o755)
	write("plain.sh", "not executable\n", 0o644)
	write(".hidden.sh", "#!/bin/sh\necho no\n", 0o755)
	write("not.sh", "#!/bin/sh\necho no\n", 0o644)
	docs, err := documents.Open(documents.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t, nil, Config{Documents: docs, CGI: CGI{Paths: []string{"/cgi-bin"}}})
	off := serve(t, nil, Config{Documents: os.DirFS(root)})
	post := "POST /cgi-bin/show.sh HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
	tests := []struct {
		addr, raw string
		status    int
		body      string
	}{
		{h.addr, fmt.Sprintf(get, "/cgi-bin/show.sh?a=b%20c"), 200, "GET|a=b%20c|/cgi-bin/show.sh||"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/show.sh/more"), 200, "GET||/cgi-bin/show.sh|/more|"},
		{h.addr, post, 200, "POST||/cgi-bin/show.sh||body"},
		{h.addr, fmt.Sprintf(get, "//cgi-bin/show.sh/more/"), 200, "GET||/cgi-bin/show.sh|/more/|"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/plain.sh"), 403, "there is no program here\n"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/not.sh/more"), 403, "there is no program here\n"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/"), 403, "there is no program here\n"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin"), 403, "there is no program here\n"},
		{off.addr, fmt.Sprintf(get, "/cgi-bin/plain.sh"), 200, "not executable\n"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/none.sh"), 404, "nothing is served here\n"},
		{h.addr, fmt.Sprintf(get, "/cgi-bin/.hidden.sh"), 404, "nothing is served here\n"},
		{off.addr, post, 404, "nothing is served here\n"},
	}
	for _, tt := range tests {
		res, body := dial(t, tt.addr).request(tt.raw)
		if res.StatusCode != tt.status || body != tt.body {
			t.Errorf("%q: got %d %q, want %d %q", tt.raw, res.StatusCode, body, tt.status, tt.body)
		}
	}
	h.log.wait(t, "request refused", "status=403", "resource=/cgi-bin/plain.sh", `reason="no program"`, "chmod +x")
}

func TestBasicAuthGuardsEverything(t *testing.T) {
	ws := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	h := serve(t, handlers{"/echo": ws}, Config{
		Documents: fstest.MapFS{"a.txt": {Data: []byte("a")}},
		Rules:     Rules{Door: door.Rules{Basic: door.OneUser("test", "secret")}},
	})
	const right, wrong = "Authorization: Basic dGVzdDpzZWNyZXQ=", "Authorization: Basic dGVzdDp3cm9uZw=="
	plain := fmt.Sprintf(get, "/a.txt")
	with := func(raw, line string) string { return strings.Replace(raw, "\r\n", "\r\n"+line+"\r\n", 1) }
	for raw, status := range map[string]int{
		head("/echo"): 401, head("/echo", wrong): 401, head("/echo", right): 101,
		plain: 401, with(plain, wrong): 401, with(plain, right): 200, fmt.Sprintf(get, "/nowhere"): 401,
	} {
		res, _ := dial(t, h.addr).request(raw)
		if asked := res.Header.Get("WWW-Authenticate") != ""; res.StatusCode != status || asked != (status == 401) {
			t.Errorf("%q: got %d, WWW-Authenticate %v, want %d", raw, res.StatusCode, asked, status)
		}
	}
}

func TestConfigureChangesNewRequestsOnly(t *testing.T) {
	ws := &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}
	h := serve(t, handlers{"/echo": ws}, Config{})
	old := connect(t, h.addr, "/echo")
	if err := h.Configure(Config{Rules: Rules{Door: door.Rules{Origins: []string{"not an origin"}}}}); err == nil {
		t.Error("a malformed origin was taken")
	}
	if res, _ := dial(t, h.addr).request(head("/echo")); res.StatusCode != 101 {
		t.Errorf("after a bad config: got %s", res.Status)
	}
	if err := h.Configure(Config{}); err != nil {
		t.Fatal(err)
	}
	if res, _ := dial(t, h.addr).request(head("/echo")); res.StatusCode != 404 {
		t.Errorf("after a config without handlers: got %s", res.Status)
	}
	old.send(wsh.OpcodeText, "x")
	old.want(`T"x"`)
}

func TestPlainConnectionsAreKept(t *testing.T) {
	h := serve(t, nil, Config{Documents: fstest.MapFS{"a.txt": {Data: []byte("a")}}})
	c := dial(t, h.addr)
	for range 2 {
		if _, err := io.WriteString(c, strings.Replace(fmt.Sprintf(get, "/a.txt"), "Connection: close\r\n", "", 1)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(res.Body); string(body) != "a" {
			t.Errorf("got %q", body)
		}
	}
}

// TestManyRangesAreTheWholeFile: an answer grows no faster than what asks for it.
func TestManyRangesAreTheWholeFile(t *testing.T) {
	h := serve(t, nil, Config{Documents: fstest.MapFS{"a.txt": {Data: []byte(strings.Repeat("a", 1000))}}})
	for n, want := range map[int]int{1: 206, maxRanges: 206, maxRanges + 1: 200, 5000: 200} {
		ranges := "\r\nRange: bytes=0-0" + strings.Repeat(",0-0", n-1)
		if res, body := dial(t, h.addr).request(strings.Replace(fmt.Sprintf(get, "/a.txt"), "\r\n", ranges+"\r\n", 1)); res.StatusCode != want {
			t.Errorf("%d ranges: got %d and %d bytes, want %d", n, res.StatusCode, len(body), want)
		}
	}
}
