package host

import (
	"bufio"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// client is the other end of a connection, hand-written so that nothing of the host checks itself.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if http2Only {
		nc = dialHTTP2(t, nc).stream()
	}
	return newClient(t, nc)
}

func newClient(t *testing.T, nc net.Conn) *client { return &client{t, nc, bufio.NewReader(nc)} }

// head is a good handshake for path; lines replace its headers by name, or drop them with an empty
// value, or come after them.
func head(path string, change ...string) string {
	names := []string{"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}
	values := []string{"127.0.0.1", "websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ==", "13"}
	var extra []string
	given := map[string]bool{}
next:
	for _, line := range change {
		name, value, _ := strings.Cut(line, ": ")
		for i := range names {
			if names[i] == name && !given[name] {
				given[name] = true
				values[i] = value
				continue next
			}
		}
		extra = append(extra, line)
	}
	b := "GET " + path + " HTTP/1.1\r\n"
	for i, name := range names {
		if values[i] != "" {
			b += name + ": " + values[i] + "\r\n"
		}
	}
	for _, line := range extra {
		b += line + "\r\n"
	}
	return b + "\r\n"
}

// request writes raw and reads the answer's head, and its body unless it is a 101.
func (c *client) request(raw string) (*http.Response, string) {
	c.t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		c.t.Fatal(err)
	}
	method, _, _ := strings.Cut(raw, " ")
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read the answer: %v", err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, ""
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("read the answer's body: %v", err)
	}
	return res, string(body)
}

// openedBy sends raw and wants a 101.
func (c *client) openedBy(raw string) *http.Response {
	c.t.Helper()
	res, body := c.request(raw)
	if res.StatusCode != http.StatusSwitchingProtocols {
		c.t.Fatalf("handshake: got %s: %s", res.Status, body)
	}
	return res
}

// connect opens a WebSocket connection.
func connect(t *testing.T, addr, path string, change ...string) *client {
	t.Helper()
	c := dial(t, addr)
	c.openedBy(head(path, change...))
	return c
}

func (c *client) send(opcode wsh.Opcode, payload string) {
	c.t.Helper()
	h := wsh.FrameHeader{Fin: true, Opcode: opcode, Mask: []byte{1, 2, 3, 4}}
	if _, err := c.Write(wsh.Frame(h, []byte(payload))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) sendClose(code wsh.StatusCode, reason string) {
	c.send(wsh.OpcodeClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// quoted is a payload in what frame returns; quoting a long one would take longer than to send it.
func quoted[T string | []byte](p T) string {
	if len(p) <= 4096 {
		return fmt.Sprintf("%q", p)
	}
	return fmt.Sprintf("%q and so on, %d bytes, %x", p[:16], len(p), sha1.Sum([]byte(p)))
}

// frame reads one frame and formats it: T"text", B"bytes", C1000"reason", P, O, with a - before it if
// more is to come and a * if it is compressed; "EOF" at the end. What a server must not send is an
// error.
func (c *client) frame() string {
	c.t.Helper()
	first, p, err := c.readFrame()
	if err == io.EOF {
		c.Close() // the host waits for this end of TCP too
		return "EOF"
	}
	if err != nil {
		return err.Error()
	}
	s := map[byte]string{0x80: "", 0: "-", 0xC0: "*", 0x40: "-*"}[first&0xC0]
	if op := wsh.Opcode(first & 0xF); op != wsh.OpcodeClose {
		return s + map[wsh.Opcode]string{0: "+", 1: "T", 2: "B", 9: "P", 10: "O"}[op] + quoted(p)
	}
	if len(p) < 2 {
		return s + "C"
	}
	code, reason := binary.BigEndian.Uint16(p), string(p[2:])
	if (code == 1008 || code == 1009) && strings.Contains(reason, " ") {
		reason = "…" // a fault in words, which host/stream's tests know
	}
	return fmt.Sprintf("%sC%d%q", s, code, reason)
}

// readFrame returns a frame's first octet and its payload. RFC 6455, sections 5.1 and 5.2: a server
// does not mask, sets no bit that nobody negotiated, and writes the shortest length.
func (c *client) readFrame() (first byte, p []byte, err error) {
	var h [8]byte
	if _, err := io.ReadFull(c.r, h[:2]); err != nil {
		return 0, nil, err
	}
	first = h[0]
	if first&0x30 != 0 || h[1]&0x80 != 0 {
		return 0, nil, fmt.Errorf("a frame that begins with %x", h[:2])
	}
	n, least := uint64(h[1]), uint64(0)
	switch n {
	case 126:
		_, err = io.ReadFull(c.r, h[:2])
		n, least = uint64(binary.BigEndian.Uint16(h[:])), 126
	case 127:
		_, err = io.ReadFull(c.r, h[:8])
		n, least = binary.BigEndian.Uint64(h[:]), 1<<16
	}
	if err == nil && n < least {
		err = fmt.Errorf("length %d in too many bytes", n)
	}
	if err != nil {
		return 0, nil, err
	}
	p = make([]byte, n)
	_, err = io.ReadFull(c.r, p)
	return first, p, err
}

func (c *client) want(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		if got := c.frame(); got != want {
			c.t.Fatalf("got %s, want %s", got, want)
		}
	}
}
