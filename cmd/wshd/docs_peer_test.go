package main

import (
	"bufio"
	"context"
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

// frames is a WebSocket client that knows just enough: no fragments, no compression.
type frames struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

// dialFrames connects, as a page of origin, with header lines of its own. The status is 101 unless wshd
// refuses.
func dialFrames(t *testing.T, addr, origin, resource, protocols string, header ...string) (p *frames, status int) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	// What does not come must not hang the test.
	if err := c.SetDeadline(time.Now().Add(buildPatience)); err != nil {
		t.Fatal(err)
	}
	request := "GET " + resource + " HTTP/1.1\r\nHost: " + addr + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: " + origin + "\r\n"
	if protocols != "" {
		request += "Sec-WebSocket-Protocol: " + protocols + "\r\n"
	}
	for _, line := range header {
		request += line + "\r\n"
	}
	if _, err := io.WriteString(c, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	p = &frames{t: t, c: c, r: bufio.NewReader(c)}
	answer, err := http.ReadResponse(p.r, nil)
	if err != nil {
		t.Fatalf("dial %s: %v", resource, err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		c.Close()
	}
	return p, answer.StatusCode
}

func (p *frames) frame(opcode wsh.Opcode, payload []byte) {
	p.t.Helper()
	frame := wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: opcode, Mask: []byte{1, 2, 3, 4}}, payload)
	if _, err := p.c.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

func (p *frames) send(text string) { p.t.Helper(); p.frame(wsh.OpcodeText, []byte(text)) }

func (p *frames) close(code wsh.StatusCode) {
	p.t.Helper()
	p.frame(wsh.OpcodeClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// read returns the next frame.
func (p *frames) read() (wsh.Opcode, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	if size > 125 {
		long := make([]byte, 8)
		n := 2
		if size == 127 {
			n = 8
		}
		if _, err := io.ReadFull(p.r, long[8-n:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(long)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(p.r, payload)
	return wsh.Opcode(head[0] & 0xF), payload, err
}

// receive returns the next message as text.
func (p *frames) receive() string {
	p.t.Helper()
	opcode, payload, err := p.read()
	if err != nil || opcode != wsh.OpcodeText && opcode != wsh.OpcodeBinary {
		p.t.Fatalf("got a frame with opcode %d, %q, %v; want a message", opcode, payload, err)
	}
	return string(payload)
}

// closed reads up to the Close frame and returns its code.
func (p *frames) closed() wsh.StatusCode {
	p.t.Helper()
	for {
		opcode, payload, err := p.read()
		if err != nil {
			p.t.Fatalf("got %v, want a Close frame", err)
		}
		if opcode != wsh.OpcodeClose {
			continue
		}
		if len(payload) < 2 {
			return wsh.StatusNoStatusReceived
		}
		return wsh.StatusCode(binary.BigEndian.Uint16(payload))
	}
}

// getPage asks by plain HTTP and returns the body, with its status before it if that is not 200.
func getPage(t *testing.T, addr, resource string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), buildPatience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+resource, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprint(answer.StatusCode, " ", string(body))
	}
	return strings.TrimSpace(string(body))
}
