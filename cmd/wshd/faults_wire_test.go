package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"wshd/plugins/wsh"
)

// TestHostileClients has clients do what the protocol lets them, far too often, and what it does not.
func TestHostileClients(t *testing.T) {
	v := newVictim(t, nil, "--limits-handshake-timeout", "1s", "--limits-write-timeout", "1s")
	v.ready(v.listening(v.process))
	frame := func(op wsh.Opcode, fin bool, body string) []byte {
		return wsh.Frame(wsh.FrameHeader{Fin: fin, Opcode: op, Mask: []byte{1, 2, 3, 4}}, []byte(body))
	}
	closing := append([]byte{0x88, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<16)...)
	for _, tt := range []struct {
		name    string
		clients int
		begin   []byte
		again   []byte // so many times
		times   int
	}{
		{"pings", 10, nil, frame(wsh.OpcodePing, true, strings.Repeat("x", 125)), 20_000},
		{"pongs", 10, nil, frame(wsh.OpcodePong, true, "x"), 100_000},
		{"tiny messages", 10, nil, frame(wsh.OpcodeText, true, "x"), 100_000},
		{"empty fragments", 10, frame(wsh.OpcodeText, false, ""), frame(wsh.OpcodeContinuation, false, ""), 100_000},
		{"a large close", 100, closing, make([]byte, 1<<16), 1},
		{"a close, and on", 100, frame(wsh.OpcodeClose, true, ""), frame(wsh.OpcodeText, true, "x"), 1000},
		{"a reset", 1000, frame(wsh.OpcodeText, true, "x"), nil, 0},
		{"half a message", 100, frame(wsh.OpcodeBinary, true, strings.Repeat("x", 1<<16))[:1<<15], nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flood := append(tt.begin, bytes.Repeat(tt.again, tt.times)...)
			for n := range tt.clients {
				nc, _, err := v.opened("/echo")
				if err != nil {
					t.Fatal(err)
				}
				_, _ = nc.Write(flood) // it may be thrown out in the middle
				v.goes(nc, n%2 == 0)
			}
			v.unharmed()
		})
	}
}

// TestHostileRequests has clients talk nonsense to both listeners, by requests that are too large, too
// many in a row, or none.
func TestHostileRequests(t *testing.T) {
	v := newVictim(t, nil, "--limits-handshake-timeout", "1s", "--limits-write-timeout", "1s")
	v.ready(v.listening(v.process))
	const get = "GET /login HTTP/1.1\r\nHost: localhost\r\n"
	for _, tt := range []struct{ name, text string }{
		{"a large header", get + "X: " + strings.Repeat("x", 4<<20)},
		{"many headers", get + strings.Repeat("X: y\r\n", 500_000)},
		{"a large request line", "GET /" + strings.Repeat("x", 4<<20)},
		{"many requests at once", strings.Repeat(get+"\r\n", 20_000)},
		{"a large body", "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194304\r\n\r\n" + strings.Repeat("x", 4<<20)},
		{"endless chunks", "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 500_000)},
		{"frames", strings.Repeat("\x81\x81\x00\x00\x00\x00x", 100_000)},
		{"nothing", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var clients sync.WaitGroup
			for n := range 20 {
				nc, err := net.Dial("tcp", []string{v.addr, v.admin}[n/2%2])
				if err != nil {
					t.Fatal(err)
				}
				clients.Go(func() {
					_, _ = io.WriteString(nc, tt.text) // it may be thrown out in the middle
					v.goes(nc, n%2 == 0)
				})
			}
			clients.Wait()
			v.unharmed()
		})
	}
}

// goes ends a connection, by a reset or not.
func (v *victim) goes(nc net.Conn, reset bool) {
	v.t.Helper()
	if reset {
		_ = nc.(*net.TCPConn).SetLinger(0)
	}
	_ = nc.Close()
}
