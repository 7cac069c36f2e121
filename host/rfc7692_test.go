package host

import (
	"slices"
	"strings"
	"testing"

	"wshd/host/stream"
)

// RFC 7692, what a server must do, by section. Those of host are over sockets, at once and octet by octet.
//
//	5, 5.1, 7          TestOffers, TestAnswersToOffers; stream.TestNegotiate
//	6                  TestCompressedBit; stream.TestNothingIsCompressedUnlessNegotiated
//	6.1, 7.2.1         TestCompressedOctets, TestThreshold; stream.TestCompressedFragments
//	6.2, 7.2.2         TestCompressedOctets, TestBadCompressedData; stream.TestFinalBlocks
//	7.1.1              TestOffers, TestCompressedOctets, TestBadCompressedData
//	7.1.2              TestOffers; stream.TestWindows
//	7.2.3.1 to 7.2.3.6 TestCompressedOctets: the RFC's own octets
//	8                  TestBombsAreCheap

// hello is "Hello" compressed, as in section 7.2.3.1.
const hello, helloFrame = "\xf2\x48\xcd\xc9\xc9\x07\x00", `*T"\xf2H\xcd\xc9\xc9\a\x00"`

func compressingHost(t *testing.T) *testHost {
	return echoHost(t, Config{Rules: Rules{Stream: stream.Config{Compression: true, ContextTakeover: true, MessageSize: 1000}}})
}

func offering(params string) string { return "Sec-WebSocket-Extensions: " + pmd + params }

// TestCompressedOctets: what is received in the RFC's octets is sent in octets that stand for the same.
func TestCompressedOctets(t *testing.T) {
	h := compressingHost(t)
	again := `*T"\x02\x13\x00\x00"` // points back to the message before
	hold(t, h, "/echo", []must{
		{"7.2.3.1, whole", fr(0xC1, hello), []string{helloFrame}},
		{"7.2.3.1, in fragments", fr(0x41, hello[:3]) + fr(0x80, hello[3:]), []string{helloFrame}},
		{"7.2.3.1, in fragments of one octet with a ping before each", fr(0x41, "") + perOctet(hello), append(slices.Repeat([]string{`O""`}, len(hello)), helloFrame)},
		{"7.2.3.2, the window is kept", fr(0xC1, hello) + fr(0xC1, "\xf2\x00\x11\x00\x00"), []string{helloFrame, again}},
		{"7.2.3.2, and what is not compressed is not in it", fr(0xC1, hello) + fr(0x82, "other") + fr(0xC1, "\xf2\x00\x11\x00\x00"),
			[]string{helloFrame, `*B"\xca/\xc9H-\x02\x00"`, `*T"\x02\xb3\x00\x00"`}},
		{"7.2.3.3, not compressed", fr(0xC1, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), []string{helloFrame}},
		{"7.2.3.4, a final block", fr(0xC1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), []string{helloFrame}},
		{"7.2.3.5, two blocks", fr(0xC1, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), []string{helloFrame}},
		{"7.2.3.6, empty", fr(0xC1, "\x00"), []string{`*T"\x00"`}},
		{"7.2.3.6, empty in fragments", fr(0x41, "") + fr(0x00, "\x00") + fr(0x80, ""), []string{`*T"\x00"`}},
		{"6, not compressed", fr(0x81, "Hello") + fr(0x01, "Hel") + fr(0x80, "lo"), []string{helloFrame, again}},
		{"7.1.1, the window is kept over many messages", strings.Repeat(fr(0xC1, hello), 20), append([]string{helloFrame}, slices.Repeat([]string{again}, 19)...)},
	}, offering(""))
	afresh := []must{{"7.1.1.1 and 7.1.1.2, the window is not kept", strings.Repeat(fr(0xC1, hello), 3), []string{helloFrame, helloFrame, helloFrame}}}
	hold(t, h, "/echo", afresh, offering(server0+client0))
}

// perOctet is the rest of a fragmented message.
func perOctet(s string) (frames string) {
	for i := range len(s) {
		first := byte(0)
		if i == len(s)-1 {
			first = 0x80
		}
		frames += fr(0x89, "") + fr(first, s[i:i+1])
	}
	return frames
}

// TestCompressedBit: it is for the first frame of a data message, and for one that is agreed to be
// compressed.
func TestCompressedBit(t *testing.T) {
	h := compressingHost(t)
	bad := []string{protocolError, "EOF"}
	musts := []must{
		{"on a later fragment", fr(0x41, hello[:3]) + fr(0x40, hello[3:5]) + fr(0x80, hello[5:]), bad},
		{"on the last fragment", fr(0x41, hello[:3]) + fr(0xC0, hello[3:]), bad},
		{"on a fragment of what is not compressed", fr(0x01, "Hel") + fr(0xC0, "lo"), bad},
		{"on a close", fr(0xC8, "\x03\xe8"), bad},
		{"on a ping", fr(0xC9, ""), bad},
		{"on a pong", fr(0xCA, ""), bad},
		{"on a ping within a compressed message", fr(0x41, hello[:3]) + fr(0xC9, ""), bad},
		{"with RSV2", fr(0xE1, hello), bad},
		{"with RSV3", fr(0xD2, hello), bad},
		{"on a reserved opcode", fr(0xC3, hello), bad},
	}
	hold(t, h, "/echo", musts, offering(""))
	hold(t, h, "/echo", append(musts, must{"on a message", fr(0xC1, hello), bad}, must{"on a fragment", fr(0x42, hello), bad}))
	hold(t, h, "/echo", []must{{"on a message", fr(0xC1, hello), bad}}, offering("; server_max_window_bits=16")) // which is declined
}

// TestBadCompressedData: what cannot be inflated, or is not what it has to be then, fails the connection,
// and nothing that comes behind it is read.
func TestBadCompressedData(t *testing.T) {
	h := compressingHost(t)
	behind := fr(0x81, "after") + fr(0x89, "after") + closeFrame(1000, "")
	with := func(data, code string) must {
		return must{"", fr(0xC1, hello) + fr(0xC1, data) + behind, []string{helloFrame, code, "EOF"}}
	}
	musts := map[string]must{
		"a block of no type":                with("\x06", badText),
		"no data":                           with("", badText),
		"cut":                               with(hello[:4], badText),
		"a length that is not its own":      with("\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00", badText),
		"points before the first message":   with("\x02\x13\x02\x13\x02\x43\x80\xff", badText),
		"text that is not UTF-8":            with("\x00\x01\x00\xfe\xff\xff\x00", badText),
		"text that ends within a character": with("\x00\x01\x00\xfe\xff\xe6\x00", badText),
		"too big":                           with(new(deflater).compress(strings.Repeat("x", 1001)), tooBig),
	}
	for name, m := range musts {
		m.name = name
		hold(t, h, "/echo", []must{m}, offering(""))
	}
	hold(t, h, "/echo", []must{with("\xf2\x00\x11\x00\x00", badText)}, offering(client0)) // which has said that it would not
}

// TestAnswersToOffers: sections 5.1 and 7.1, for lists of offers. The client's order counts, and one that
// cannot be met declines itself only.
func TestAnswersToOffers(t *testing.T) {
	h := compressingHost(t)
	for _, tt := range []struct{ offers, want string }{
		{pmd + ", " + pmd + server0, pmd},
		{pmd + server0 + ", " + pmd, pmd + server0},
		{pmd + "; server_max_window_bits=7, " + pmd + client0, pmd + client0},
		{pmd + "; x=1, " + pmd + server0 + "=1, " + pmd + client0 + "=1, " + pmd + "; client_max_window_bits=7, " + pmd + client0 + client0, ""},
		{"permessage-bzip2, " + pmd + `; client_max_window_bits="10"`, pmd},
		{pmd + "x", ""},
	} {
		meet(t, h, tt.offers, tt.want)
	}
}
