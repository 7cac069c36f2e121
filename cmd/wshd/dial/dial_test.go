package dial

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// serve answers one handshake, with further headers, and sends bytes; then it reads until the client has gone.
func serve(t *testing.T, key func(string) string, headers, frames string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n%s",
			key(q.Header.Get("Sec-WebSocket-Key")), headers, frames)
		_, _ = r.WriteTo(new(bytes.Buffer))
	}()
	return l.Addr().String()
}

func TestServersThatBreakTheProtocolAreTold(t *testing.T) {
	for _, tt := range []struct{ name, headers, frames, want string }{
		{"a masked frame", "", "\x81\x80\x00\x00\x00\x00", "the server broke the protocol: masked frame"},
		{"a reserved bit", "", "\xc1\x00", "the server broke the protocol: reserved bits"},
		{"text that is not UTF-8", "", "\x81\x01\xff", "a text message is not UTF-8"},
		{"a close code that may not be", "", "\x88\x02\x03\xed", "the server broke the protocol"},
		{"a size of eight bytes that fits in one", "", "\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01x", "length 1 in 8 bytes"},
		{"more than anybody wants", "", "\x82\x7f\x00\x00\x00\x00\x10\x00\x00\x00", "a message of more than 64 MiB"},
		{"the end of TCP", "", "\x81\x05he", "ended without a Close frame (1006)"},
		{"a subprotocol of its own", "Sec-WebSocket-Protocol: x\r\n", "", `the subprotocol "x" was not requested`},
		{"an extension of its own", "Sec-WebSocket-Extensions: permessage-deflate\r\n", "", `"permessage-deflate" was not offered`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := serve(t, wsh.AcceptKey, tt.headers, tt.frames)
			if strings.Contains(tt.name, "TCP") {
				address = serveAndGo(t, tt.frames)
			}
			said, err := run(t, "--listen", address)
			var code hint.Exit
			if err == nil || errors.As(err, &code) && code != 1 || !strings.Contains(said+err.Error(), tt.want) {
				t.Errorf("got %q, %v; want %s, and 1", said, err, tt.want)
			}
		})
	}
	address := serve(t, func(string) string { return "nonsense" }, "", "")
	if said, err := run(t, address); err == nil || !strings.Contains(err.Error(), "Sec-WebSocket-Accept") {
		t.Errorf("another's answer: got %q, %v", said, err)
	}
}

// serveAndGo sends bytes and ends TCP.
func serveAndGo(t *testing.T, frames string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if q, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			fmt.Fprintf(c, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n%s",
				wsh.AcceptKey(q.Header.Get("Sec-WebSocket-Key")), frames)
		}
	}()
	return l.Addr().String()
}

// run is wshd dial.
func run(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	c, _, err := ParseFlags(args)
	if err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	err = Run(c, Streams{In: strings.NewReader(""), Out: terminal.Terminal{Writer: &out}, Err: terminal.Terminal{Writer: &errOut}})
	return out.String() + errOut.String(), err
}

func TestHeadersTakeThePlaceOfOurs(t *testing.T) {
	u, err := target("ws://user:secret@localhost:1/a?b#c")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Config{Headers: []string{"host: other", "sec-websocket-version: 8", "X: 1", "X: 2"}}.request(u, "key")
	want := "GET /a?b HTTP/1.1\r\nHost: other\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: key\r\n" +
		"Authorization: Basic dXNlcjpzZWNyZXQ=\r\nsec-websocket-version: 8\r\nX: 1\r\nX: 2\r\n\r\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	for _, bad := range []string{"no colon", "X: 1\r\nY: 2", ": x"} {
		if _, err := (Config{Headers: []string{bad}}).request(u, "key"); err == nil {
			t.Errorf("%q is taken for a header", bad)
		}
	}
}

func TestTerminalsAreNotMoved(t *testing.T) {
	if got := shown(terminal.Terminal{Person: true}, "a\x1b[2Jb\r\u202ec\n"); got != "a\ufffd[2Jb\ufffd\ufffdc\n" {
		t.Errorf("got %q", got)
	}
	if got := shown(terminal.Terminal{}, "a\x1b[2J"); got != "a\x1b[2J" {
		t.Errorf("a pipe gets %q, not what came", got)
	}
}
