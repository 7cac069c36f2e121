package stream

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// patience ends a test that hangs. No test depends on its length.
const patience = 20 * time.Second

// peer is the client: frames written and read by hand, apart from the code under test.
type peer struct {
	t  testing.TB
	nc net.Conn
	br *bufio.Reader
}

// frame is one frame as a client sees it.
type frame struct {
	fin, rsv1 bool
	op        byte
	data      []byte
}

func (f frame) String() string {
	s := ""
	if !f.fin {
		s += "-"
	}
	if f.rsv1 {
		s += "*"
	}
	switch f.op {
	case 0, 1, 2, 9, 10:
		data := string(f.data)
		if len(data) > 40 {
			data = fmt.Sprintf("%d bytes", len(data))
		}
		return s + map[byte]string{0: "+", 1: "T", 2: "B", 9: "ping ", 10: "pong "}[f.op] + data
	case 8:
		if len(f.data) >= 2 {
			return s + fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(f.data), shownReason(f.data))
		}
		return s + fmt.Sprintf("close %x", f.data)
	}
	return s + fmt.Sprintf("op%d %x", f.op, f.data)
}

// masked encodes a frame as a client must. first is the first byte: 0x81 is a whole text.
func masked(first byte, data string) []byte {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b := []byte{first}
	switch n := len(data); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 65536:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = append(b, key[:]...)
	for i := range len(data) {
		b = append(b, data[i]^key[i&3])
	}
	return b
}

func text(s string) []byte { return masked(0x81, s) }

func closing8(code uint16, reason string) []byte {
	return masked(0x88, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

func (p *peer) send(bs ...[]byte) {
	p.t.Helper()
	for _, b := range bs {
		if _, err := p.nc.Write(b); err != nil {
			p.t.Fatalf("client write: %v", err)
		}
	}
}

// read returns the next frame, or an error at the end of TCP.
func (p *peer) read() (frame, error) {
	var f frame
	var h [8]byte
	if _, err := io.ReadFull(p.br, h[:2]); err != nil {
		return f, err
	}
	f.fin, f.rsv1, f.op = h[0]&0x80 != 0, h[0]&0x40 != 0, h[0]&15
	if h[0]&0x30 != 0 || h[1]&0x80 != 0 {
		return f, fmt.Errorf("server frame begins with %x", h[:2])
	}
	size := uint64(h[1])
	switch size {
	case 126:
		if _, err := io.ReadFull(p.br, h[:2]); err != nil {
			return f, err
		}
		size = uint64(binary.BigEndian.Uint16(h[:]))
		if size < 126 {
			return f, errors.New("length is not minimal")
		}
	case 127:
		if _, err := io.ReadFull(p.br, h[:8]); err != nil {
			return f, err
		}
		size = binary.BigEndian.Uint64(h[:])
		if size < 65536 {
			return f, errors.New("length is not minimal")
		}
	}
	f.data = make([]byte, size)
	_, err := io.ReadFull(p.br, f.data)
	return f, err
}

// want reads frames and compares them; "EOF" is the end of TCP.
func (p *peer) want(want ...string) {
	p.t.Helper()
	for _, w := range want {
		f, err := p.read()
		got := f.String()
		if err != nil {
			got = err.Error()
		}
		if got != w {
			p.t.Fatalf("client got %q, want %q", got, w)
		}
	}
}

// sockets is a TCP connection over loopback: the server's end, then the client's.
func sockets(t testing.TB) (net.Conn, net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	client.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { client.Close(); server.Close() })
	return server, client
}

// pipe is net.Pipe, like sockets: nothing is buffered there.
func pipe(t testing.TB) (net.Conn, net.Conn) {
	server, client := net.Pipe()
	client.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { client.Close(); server.Close() })
	return server, client
}

// connect makes an open connection with both its ends. offers are negotiated.
func connect(t testing.TB, conf Config, offers ...wsh.Extension) (*Conn, *peer) {
	server, client := sockets(t)
	return open(t, server, client, conf, offers...)
}

func open(t testing.TB, server, client net.Conn, conf Config, offers ...wsh.Extension) (*Conn, *peer) {
	if conf.CloseTimeout == 0 {
		conf.CloseTimeout = patience
	}
	c := New(server, nil, conf)
	c.Negotiate(offers)
	if err := c.Open(nil); err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, nc: client, br: newReader(client)}
	t.Cleanup(func() {
		client.Close()
		c.Abort()
	})
	return c, p
}

// serve runs a handler on c and ends c as a host does. The channel gets the handler's error.
func serve(c *Conn, handler func(*Conn) error) <-chan error {
	result := make(chan error, 1)
	go func() {
		err := handler(c)
		switch {
		case err == nil || errors.Is(err, io.EOF):
			c.End(wsh.StatusNormalClosure, "")
		case errors.Is(err, wsh.ErrAborted):
			c.Abort()
		default:
			c.End(wsh.StatusInternalEndpointError, "")
		}
		result <- err
	}()
	return result
}

// echo is the handler most tests run.
func echo(c *Conn) error {
	for {
		m, err := c.Receive(-1, true)
		if err != nil {
			return err
		}
		if err := c.Send(m, false); err != nil {
			return err
		}
	}
}

func newReader(nc net.Conn) *bufio.Reader { return bufio.NewReader(nc) }

// shownReason is the reason of a Close frame; "…" for one that tells a fault in words, which TestFaultsAreTold
// knows.
func shownReason(body []byte) string {
	switch reason := string(body[2:]); wsh.StatusCode(binary.BigEndian.Uint16(body)) {
	case 1008, 1009:
		if strings.Contains(reason, " ") {
			return "…"
		}
		return reason
	default:
		return reason
	}
}
