package host

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// TestCloseByTheClient: sections 5.5.1, 7.1.1 and 7.1.5. A Close frame is answered with one, after
// which nothing is sent and the server is the first to end TCP.
func TestCloseByTheClient(t *testing.T) {
	hold(t, echoHost(t, Config{}), "/echo", []must{
		{"with a code", closeFrame(1000, ""), []string{`C1000""`, "EOF"}},
		{"with a code and a reason", closeFrame(3333, "sun"), []string{`C1000""`, "EOF"}},
		{"with nothing", fr(0x88, ""), []string{`C1000""`, "EOF"}},
		{"with half a code", fr(0x88, "\x03"), []string{protocolError, "EOF"}},
		{"with the longest reason", closeFrame(1000, strings.Repeat("é", 61)+"x"), []string{`C1000""`, "EOF"}},
		{"with a reason that is not UTF-8", closeFrame(1000, "\xff"), []string{badText, "EOF"}},
		{"with a reason that ends in a character", closeFrame(1000, "\xe6\xbc"), []string{badText, "EOF"}},
		{"with a reason that holds a surrogate", closeFrame(1000, "\xed\xa0\x80"), []string{badText, "EOF"}},
		{"behind a message", fr(0x81, "a") + closeFrame(1000, ""), []string{`T"a"`, `C1000""`, "EOF"}},
		{"within a message", fr(0x01, "a") + closeFrame(1000, ""), []string{`C1000""`, "EOF"}},
		{"and then a message", closeFrame(1000, "") + fr(0x81, "a"), []string{`C1000""`, "EOF"}},
		{"and then a ping", closeFrame(1000, "") + fr(0x89, "a"), []string{`C1000""`, "EOF"}},
		{"and then another", closeFrame(1000, "") + closeFrame(1001, ""), []string{`C1000""`, "EOF"}},
		{"and then what is no frame", closeFrame(1000, "") + "\xff\xff", []string{`C1000""`, "EOF"}},
	})
}

// TestNothingIsReadAfterAFault: section 7.1.7. The connection is failed: no more data is processed.
func TestNothingIsReadAfterAFault(t *testing.T) {
	h := echoHost(t, Config{})
	for _, fault := range []struct{ name, in, code string }{
		{"reserved opcode", fr(0x83, ""), protocolError},
		{"reserved bit", fr(0xA1, "x"), protocolError},
		{"unmasked", "\x81\x01x", protocolError},
		{"continuation of nothing", fr(0x80, "x"), protocolError},
		{"bad close code", closeFrame(1005, ""), protocolError},
		{"bad text", fr(0x81, "\xff"), badText},
		{"too big", octets(0x82, 8, some, strings.Repeat("x", 1<<20+1)), tooBig},
	} {
		hold(t, h, "/echo", []must{
			{fault.name, fr(0x81, "before") + fault.in + fr(0x81, "after") + fr(0x89, "after") + closeFrame(1000, ""),
				[]string{`T"before"`, fault.code, "EOF"}},
		})
	}
}

// TestCloseCodesReceived: section 7.4, at the ends of each class of codes.
func TestCloseCodesReceived(t *testing.T) {
	var musts []must
	add := func(want string, codes ...int) {
		for _, code := range codes {
			musts = append(musts, must{fmt.Sprint(code), closeFrame(code, "why"), []string{want, "EOF"}})
		}
	}
	add(protocolError, 0, 1, 255, 256, 998, 999)             // 7.4.2: not used
	add(`C1000""`, 1000, 1001, 1002, 1003)                   // 7.4.1
	add(protocolError, 1004, 1005, 1006)                     // reserved; must not be in a frame
	add(`C1000""`, 1007, 1008, 1009, 1010, 1011)             // 7.4.1
	add(`C1000""`, 1012, 1013, 1014)                         // registered since, by IANA
	add(protocolError, 1015, 1016, 1100, 1999, 2000, 2999)   // must not be in a frame; not registered
	add(`C1000""`, 3000, 3001, 3999, 4000, 4001, 4998, 4999) // libraries', and private
	add(protocolError, 5000, 5001, 9999, 32768, 65534, 65535)
	hold(t, echoHost(t, Config{}), "/echo", musts)
}

// TestCloseCodesSent: section 7.4. What a handler may not send becomes 1011.
func TestCloseCodesSent(t *testing.T) {
	next := make(chan *wsh.CloseError, 1)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error { return <-next }}}, Config{})
	for _, tt := range []struct {
		code   wsh.StatusCode
		reason string
		want   string
	}{
		{999, "x", `C1011""`}, {1000, "x", `C1000"x"`}, {1003, "", `C1003""`}, {1004, "x", `C1004"x"`}, {1005, "x", `C1011""`},
		{1006, "x", `C1011""`}, {1007, "", `C1007""`}, {1014, "", `C1014""`}, {1015, "x", `C1011""`}, {2999, "", `C2999""`},
		{3000, "", `C3000""`}, {4999, "é", `C4999"é"`}, {5000, "x", `C1011""`}, {65535, "", `C1011""`},
		{1000, strings.Repeat("r", 123), fmt.Sprintf("C1000%q", strings.Repeat("r", 123))},
		{1000, strings.Repeat("r", 124), `C1011""`},
		{1000, "\xff", `C1011""`},
	} {
		next <- &wsh.CloseError{Code: tt.code, Reason: tt.reason}
		c := connect(t, h.addr, "/x")
		if got := c.frame(); got != tt.want {
			t.Errorf("%d %q: got %s, want %s", tt.code, tt.reason, got, tt.want)
		}
		c.sendClose(1000, "")
		c.want("EOF")
	}
}

// TestCloseByTheServer: sections 5.5.1 and 7.1.1. Once it has closed it sends no data; pings are still
// answered; what the client sent before its answer is discarded; there is no second Close frame; and
// it ends TCP when the answer has come.
func TestCloseByTheServer(t *testing.T) {
	closer := func(r *wsh.Request) error {
		if err := r.CloseConnection(4000, "mine"); err != nil {
			return err
		}
		return r.SendText("after the close") // ErrBadOperation
	}
	returns := func(*wsh.Request) error { return nil }
	h := serve(t, handlers{
		"/closes":  {DoExtraHandshake: accept, TransferData: closer},
		"/returns": {DoExtraHandshake: accept, TransferData: returns},
	}, Config{})
	answer := closeFrame(1000, "")
	hold(t, h, "/closes", []must{
		{"answered", answer, []string{`C4000"mine"`, "EOF"}},
		{"answered with nothing", fr(0x88, ""), []string{`C4000"mine"`, "EOF"}},
		{"messages before the answer", fr(0x81, "late") + fr(0x02, "later") + fr(0x80, "") + answer, []string{`C4000"mine"`, "EOF"}},
		{"bad text before the answer", fr(0x81, "\xff") + answer, []string{`C4000"mine"`, "EOF"}},
		{"two answers", answer + answer, []string{`C4000"mine"`, "EOF"}},
		{"a fault instead", "\xff\xff", []string{`C4000"mine"`, "EOF"}},
	})
	hold(t, h, "/returns", []must{{"answered", answer, []string{`C1000""`, "EOF"}}})

	for path, want := range map[string]string{"/closes": `C4000"mine"`, "/returns": `C1000""`} {
		c := connect(t, h.addr, path)
		c.want(want)
		c.send(wsh.OpcodePing, "still there?")
		c.want(`O"still there?"`)
		c.send(wsh.OpcodeClose, string(binary.BigEndian.AppendUint16(nil, 4321)))
		c.want("EOF")
	}
}
