package main

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// behind is wshd behind a web server.
type behind struct {
	*testing.T
	front
	site
	dir   string   // of wshd
	args  []string // more of wshd's
	proxy *process
	wshd  *process
}

// TestBehindWebServers does what people do with a web server before wshd, with the real ones.
func TestBehindWebServers(t *testing.T) {
	for _, f := range fronts() {
		t.Run(f.name, func(t *testing.T) {
			b := newBehind(t, f, "--ping-interval", "0")
			b.proxy = f.start(t, f, b.site)
			for _, step := range []struct {
				name string
				do   func(*behind)
			}{
				{"messages", (*behind).messages},
				{"compression", (*behind).compressed},
				{"subprotocol", (*behind).subprotocol},
				{"close codes", (*behind).closeCodes},
				{"who the client is", (*behind).whoTheClientIs},
				{"plain HTTP", (*behind).plainHTTP},
				{"other pages", (*behind).otherPages},
				{"reload", (*behind).reloads},
				{"wshd down", (*behind).wshdDown},
			} {
				t.Run(step.name, func(t *testing.T) {
					now := *b
					now.T = t
					step.do(&now)
					b.wshd = now.wshd
				})
			}
		})
	}
}

// newBehind starts a wshd to be put behind f.
func newBehind(t *testing.T, f front, args ...string) *behind {
	dir, err := os.MkdirTemp("", "wshd") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &behind{T: t, front: f, dir: dir, args: args}
	if err := os.CopyFS(b.dir, os.DirFS("testdata/behind")); err != nil {
		t.Fatal(err)
	}
	// Web servers run as somebody else, if root starts them.
	if err := os.Chmod(b.dir, 0o711); err != nil {
		t.Fatal(err)
	}
	b.plain, b.secure, b.back = freeAddr(t), freeAddr(t), freeAddr(t)
	if f.unix {
		b.back = filepath.Join(b.dir, "wshd.sock")
	}
	cert := &x509.Certificate{DNSNames: []string{"example.com"}}
	if _, err := makeCert(b.dir, "cert", cert, cert, nil); err != nil {
		t.Fatal(err)
	}
	b.cert, b.key = filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "cert.key")
	b.startWshd()
	t.Cleanup(func() {
		b.wshd.stop()
		if t.Failed() {
			t.Logf("[wshd]\n%s", b.wshd.log())
		}
	})
	return b
}

// startWshd starts wshd as the files in docs tell.
func (b *behind) startWshd() {
	b.Helper()
	args := []string{"-w", "handlers", "--listen", b.back, "--trusted-proxies", "127.0.0.1", "--drain", "5s"}
	if b.unix {
		args[3], args[5] = "unix:"+b.back, "unix"
		if os.Getuid() == 0 {
			args[3] += "?owner=" + webUser(b.T).Username
		}
	}
	var err error
	if b.wshd, err = startProcess(b.dir, os.Environ(), append(args, b.args...)); err == nil {
		_, err = b.wshd.findNew("^wshd serves .* and 2 more")
	}
	if err != nil {
		b.Fatal(err)
	}
}

// dial connects through the web server.
func (b *behind) dial(path string, header http.Header, protocols ...string) *socket {
	b.Helper()
	return b.dialURL("wss://"+b.secure+path, header, protocols...)
}

func (b *behind) dialURL(url string, header http.Header, protocols ...string) *socket {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	o := options{header: header, protocols: protocols}
	c, _, err := o.dial(ctx, url)
	if err != nil {
		b.Fatalf("%v\n%s", err, b.proxy.log())
	}
	b.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(-1)
	return &socket{c}
}

// exchange sends a text and wants an answer.
func (b *behind) exchange(s *socket, text, want string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	if text != "" {
		if err := s.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.expect(ctx, want); err != nil {
		b.Fatal(err)
	}
}

// get asks for a page through the web server, and returns the status and the body.
func (b *behind) get(url string, header http.Header) (*http.Response, string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	client, err := options{}.client()
	if err != nil {
		b.Fatal(err)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	q.Header = header
	answer, err := client.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer, strings.TrimSpace(string(body))
}

// spoofed are headers of a client that says it is another.
var spoofed = http.Header{
	"X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"evil.example"},
	"Forwarded": {"for=1.2.3.4;proto=http;host=evil.example"},
}

func (b *behind) whoTheClientIs() {
	for _, header := range []http.Header{nil, spoofed} {
		s := b.dial("/ws/who", header)
		b.exchange(s, "", "127.0.0.1:0 "+b.secure+" https=true")
		if err := s.Close(websocket.StatusNormalClosure, ""); err != nil {
			b.Error(err)
		}
	}
	if _, err := b.wshd.findNew("connection closed.* resource=/who .*remote=127.0.0.1:0 "); err != nil {
		b.Error(err)
	}
}

func (b *behind) plainThrough() {
	for _, header := range []http.Header{nil, spoofed} {
		answer, body := b.get("https://"+b.secure+"/ws/who?x=1", header)
		if answer.StatusCode != http.StatusOK || body != "127.0.0.1:0 "+b.secure+" https=true /who?x=1" {
			b.Errorf("got %s, %s", answer.Status, body)
		}
	}
}

func (b *behind) plainHTTP() {
	b.plainThrough()
	answer, _ := b.get("http://"+b.plain+"/ws/who?x=1", nil)
	host, _, _ := net.SplitHostPort(b.plain)
	want := map[string]string{"nginx.conf": "https://" + host + "/ws/who?x=1", "apache.conf": "https://example.com/ws/who?x=1"}[b.file]
	if answer.StatusCode != http.StatusPermanentRedirect || answer.Header.Get("Location") != want {
		b.Errorf("without TLS: got %s to %s, want 308 to %s", answer.Status, answer.Header.Get("Location"), want)
	}
}

// otherPages may connect no more than without a web server: pages of the same site may.
func (b *behind) otherPages() {
	b.exchange(b.dial("/ws/rooms/echo", http.Header{"Origin": {"https://" + b.secure}}), "same site", "same site")
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	for _, origin := range []string{"https://evil.example", "null", "http://localhost"} {
		o := options{header: http.Header{"Origin": {origin}}}
		c, answer, err := o.dial(ctx, "wss://"+b.secure+"/ws/rooms/echo")
		if err == nil {
			_ = c.CloseNow()
		}
		if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
			b.Errorf("%s: got %v, want 403", origin, err)
		}
	}
}

// reloads of either leave open connections alone.
func (b *behind) reloads() {
	s := b.dial("/ws/rooms/echo", nil)
	b.exchange(s, "before", "before")
	b.reload(b.T, b.proxy)
	b.exchange(s, "after the web server's", "after the web server's")
	b.exchange(b.dial("/ws/rooms/echo", nil), "new", "new")
	if err := b.wshd.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		b.Fatal(err)
	}
	if _, err := b.wshd.findNew("configuration reloaded"); err != nil {
		b.Fatal(err)
	}
	b.exchange(s, "after wshd's", "after wshd's")
	b.exchange(b.dial("/ws/rooms/echo", nil), "new", "new")
}

// wshdDown: clients are told to go and to come back, and wshd is found again without more ado.
func (b *behind) wshdDown() {
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	s := b.dial("/ws/rooms/echo", nil)
	b.exchange(s, "open", "open")
	if err := b.wshd.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := s.closed(ctx, "1001"); err != nil {
		b.Error(err)
	}
	if code, err := b.wshd.exitCode(); err != nil || code != 0 {
		b.Fatalf("got exit %d, %v", code, err)
	}
	if answer, _ := b.get("https://"+b.secure+"/ws/who", nil); answer.StatusCode != b.down {
		b.Errorf("a page: got %s, want %d", answer.Status, b.down)
	}
	_, answer, err := options{}.dial(ctx, "wss://"+b.secure+"/ws/rooms/echo")
	if answer == nil || answer.StatusCode != b.down {
		b.Errorf("a handshake: got %v, want %d", err, b.down)
	}
	b.startWshd()
	b.exchange(b.dial("/ws/rooms/echo", nil), "back", "back")
}
