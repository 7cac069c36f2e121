package host

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// RFC 6455, what a server must do, by section. The tests named here run over sockets through the whole
// host, the bytes sent all at once, behind the handshake in one segment, and octet by octet. Those of
// host/stream prove the same of a connection alone, on sockets and on pipes that hold nothing.
//
//	3, 4.2.1, 4.4  TestHandshakeByRFC6455, TestTargets, TestOrigins, TestHandshakeInAnyShape
//	4.2.2          TestAcceptIsComputed, TestTheAnswerHasNoHeaderButTheNeeded, TestExtraHandshakeDecides
//	4.3, 9.1       TestParseExtensions, TestListsOverManyLines
//	5.1, 5.2, 5.4  TestEveryFirstOctet, TestEveryLength, TestMasks; readFrame, for what a server sends
//	5.4, 5.5       TestFragments, TestControlFrames; stream.TestFrames; stream.TestOwnFragments
//	5.5.1, 7.1     TestCloseByTheClient, TestCloseByTheServer; stream.TestCloseWaitsForTheAnswer
//	6.1, 6.2       TestOwnFragments, TestFragments
//	7.1.7, 10.4    TestNothingIsReadAfterAFault, TestEveryLength; stream.TestBombIsTooBig
//	7.4            TestCloseCodesReceived; stream.TestReceivableCodes: all 65536; wsh.TestSendableCodes
//	8.1            TestTextCutAnywhere, TestBadTextFailsAtItsFirstBadOctet; stream.TestUTF8FailsAtTheFirstBadByte

// zero, ones and some are masks.
const zero, ones, some uint32 = 0, 0xFFFFFFFF, 0x37fa213d

// octets is a client's frame, encoded by hand. wide is the size of its extended length: 0, 2 or 8.
func octets(first byte, wide int, mask uint32, payload string) string {
	b := []byte{first}
	switch wide {
	case 2:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(len(payload)))
	case 8:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(len(payload)))
	default:
		b = append(b, 0x80|byte(len(payload)))
	}
	b = binary.BigEndian.AppendUint32(b, mask)
	for i := range len(payload) {
		b = append(b, payload[i]^byte(mask>>(24-8*(i%4))))
	}
	return string(b)
}

// wideOf is the size of the shortest extended length.
func wideOf(n int) int {
	switch {
	case n < 126:
		return 0
	case n < 1<<16:
		return 2
	}
	return 8
}

// fr is a frame as clients send it.
func fr(first byte, payload string) string {
	return octets(first, wideOf(len(payload)), some, payload)
}

func closeFrame(code int, reason string) string {
	return fr(0x88, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// must is a requirement: what a server has to answer to in. If it is not the end, the connection must
// still be good for a ping and a close.
type must struct {
	name, in string
	want     []string
}

const protocolError, badText, tooBig = `C1002""`, `C1007""`, `C1009"…"`

func (m must) ends() bool {
	return len(m.want) > 0 && m.want[len(m.want)-1] == "EOF"
}

// hold tries each of the musts on path, with what change makes of the handshake.
func hold(t *testing.T, h *testHost, path string, musts []must, change ...string) {
	t.Helper()
	for _, m := range musts {
		t.Run(m.name, func(t *testing.T) {
			if !m.ends() {
				m.in += fr(0x89, "end") + closeFrame(1000, "")
				m.want = append(m.want[:len(m.want):len(m.want)], `O"end"`, `C1000""`, "EOF")
			}
			m.try(t, h, head(path, change...), false)
			if len(m.in) < 100_000 && (!http2Only || len(m.in) < 100) {
				m.try(t, h, head(path, change...), true)
			}
		})
	}
}

// octetwise is how many octets go out by themselves at the beginning and at the end of what is sent in
// octets; those between go in pieces that cut each frame elsewhere.
const octetwise, pieces = 4096, 1021

// try sends head and m.in, at once or in octets.
func (m must) try(t *testing.T, h *testHost, head string, octets bool) {
	t.Helper()
	c := dial(t, h.addr)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		all := head + m.in
		for at, n := 0, len(all); at < len(all); at += n {
			switch {
			case !octets:
			case at < octetwise || len(all)-at <= octetwise:
				n = 1
			default:
				n = min(pieces, len(all)-at-octetwise)
			}
			if _, err := io.WriteString(c, all[at:at+n]); err != nil {
				return // the host may have had enough
			}
		}
	}()
	c.openedBy("")
	c.want(m.want...)
	c.Close()
	<-sent
}

func echoHost(t *testing.T, c Config) *testHost {
	return serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, c)
}

func TestHandshakeInAnyShape(t *testing.T) {
	h := echoHost(t, Config{})
	lower := strings.NewReplacer("Host", "host", "Upgrade:", "upgrade:", "Connection:", "CONNECTION:", "Sec-WebSocket-", "sec-websocket-")
	for name, raw := range map[string]string{
		"names in other cases":       lower.Replace(head("/echo")),
		"values in other cases":      head("/echo", "Upgrade: WebSocket", "Connection: uPGRADE"),
		"space around values":        strings.ReplaceAll(head("/echo"), ": ", ": \t "),
		"no space before values":     strings.ReplaceAll(head("/echo"), ": ", ":"),
		"headers that mean nothing":  head("/echo", "Cookie: a=b", "X-Unknown: 1", "Sec-Fetch-Mode: websocket"),
		"a query":                    head("/echo?a=%00&b"),
		"lines that end in LF alone": strings.ReplaceAll(head("/echo"), "\r\n", "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, h.addr)
			c.openedBy(raw)
			c.send(wsh.OpcodeText, "x")
			c.want(`T"x"`)
		})
	}
	for _, raw := range []string{head("/echo", "Sec-WebSocket-Version: 14"), head("/echo", "Sec-WebSocket-Key: x"), head("/echo", "Origin: https://evil.example")} {
		c := dial(t, h.addr)
		if res, _ := c.request(raw + fr(0x81, "x")); res.StatusCode == 101 || !res.Close {
			t.Errorf("%q: got %s, keep-alive %v", raw, res.Status, !res.Close)
		}
		c.want("EOF") // what stands behind a handshake that was refused is neither frames nor a request
	}
}

// TestAcceptIsComputed: section 4.2.2, step 5, point 4.
func TestAcceptIsComputed(t *testing.T) {
	h := echoHost(t, Config{})
	for i := range 16 {
		key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string([]byte{byte(i * 17), bits.Reverse8(byte(i))}), 8)))
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		c := dial(t, h.addr)
		res := c.openedBy(head("/echo", "Sec-WebSocket-Key: "+key))
		if got, want := res.Header.Get("Sec-WebSocket-Accept"), base64.StdEncoding.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
		if res.Proto != "HTTP/1.1" || res.Status != "101 Switching Protocols" {
			t.Errorf("got %s %s", res.Proto, res.Status)
		}
		c.Close()
	}
}

func TestListsOverManyLines(t *testing.T) {
	seen := make(chan string, 1)
	h := serve(t, handlers{"/x": {TransferData: echo, DoExtraHandshake: func(r *wsh.Request) error {
		seen <- fmt.Sprint(r.RequestedProtocols, r.RequestedExtensions)
		r.Protocol = r.RequestedProtocols[0]
		return nil
	}}}, Config{})
	res := dial(t, h.addr).openedBy(head("/x", "Sec-WebSocket-Protocol: b, a", "Sec-WebSocket-Extensions: x; y",
		"sec-websocket-protocol: c", "Sec-WebSocket-Extensions: permessage-deflate,z"))
	if got, want := <-seen, "[b a c][x; y permessage-deflate z]"; strings.ReplaceAll(got, "] [", "][") != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := res.Header.Values("Sec-WebSocket-Protocol"); len(got) != 1 || got[0] != "b" {
		t.Errorf("got the subprotocols %q", got)
	}
	if got := res.Header.Values("Sec-WebSocket-Extensions"); got != nil { // compression is off: nothing is agreed to
		t.Errorf("got the extensions %q", got)
	}
}
