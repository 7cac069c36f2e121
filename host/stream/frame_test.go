package stream

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

const key0 = "\x00\x00\x00\x00"

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// frameCases are bytes from the client, and what an echo answers. Each is sent in one piece and byte
// by byte.
var frameCases = []struct {
	name string
	in   []byte
	want []string
}{
	// RFC 6455, section 5.2: lengths
	{"empty text and binary", join(text(""), masked(0x82, "")), []string{"T", "B"}},
	{"125 bytes", text(strings.Repeat("a", 125)), []string{"T125 bytes"}},
	{"126 bytes", text(strings.Repeat("a", 126)), []string{"T126 bytes"}},
	{"65535 bytes", text(strings.Repeat("a", 65535)), []string{"T65535 bytes"}},
	{"65536 bytes", text(strings.Repeat("a", 65536)), []string{"T65536 bytes"}},
	{"two in one segment", join(text("Hello"), text("World")), []string{"THello", "TWorld"}},
	{"1 byte in 16 bits", []byte("\x81\xfe\x00\x01" + key0 + "a"), []string{"close 1002 ", "EOF"}},
	{"125 bytes in 16 bits", []byte("\x81\xfe\x00\x7d" + key0), []string{"close 1002 ", "EOF"}},
	{"65535 bytes in 64 bits", []byte("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff" + key0), []string{"close 1002 ", "EOF"}},
	{"length with the top bit", []byte("\x82\xff\x80"), []string{"close 1002 ", "EOF"}},
	{"longest length", []byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + key0), []string{"close 1009 …", "EOF"}},
	// section 5.3: masks
	{"mask of zero", []byte("\x81\x85" + key0 + "Hello"), []string{"THello"}},
	{"unmasked", []byte("\x81\x05"), []string{"close 1002 ", "EOF"}},
	{"unmasked ping", []byte("\x89\x00"), []string{"close 1002 ", "EOF"}},
	{"unmasked close", []byte("\x88\x00"), []string{"close 1002 ", "EOF"}},
	// section 5.4: fragments
	{"fragments", join(masked(0x01, "Hel"), masked(0, "lo"), masked(0, " "), masked(0x80, "World!")), []string{"THello World!"}},
	{"empty last fragment", join(masked(0x01, "Hello"), masked(0x80, "")), []string{"THello"}},
	{"only empty fragments", join(masked(0x01, ""), masked(0, ""), masked(0x80, "")), []string{"T"}},
	{"binary fragments", join(masked(0x02, "\xff"), masked(0x80, "\xfe")), []string{"B\xff\xfe"}},
	{"a message within another", join(masked(0x01, "a"), masked(0x01, "b")), []string{"close 1002 ", "EOF"}},
	{"a whole message within another", join(masked(0x01, "a"), text("b")), []string{"close 1002 ", "EOF"}},
	{"a fragment of nothing", masked(0, "a"), []string{"close 1002 ", "EOF"}},
	{"a last fragment of nothing", masked(0x80, "a"), []string{"close 1002 ", "EOF"}},
	{"a fragment after the last", join(text("a"), masked(0x80, "b")), []string{"Ta", "close 1002 ", "EOF"}},
	{"10000 fragments", join(masked(0x02, ""), bytes.Repeat(masked(0, "x"), 9998), masked(0x80, "")), []string{"B9998 bytes"}},
	// section 5.5: control frames
	{"ping", join(masked(0x89, "Hello"), text("World")), []string{"pong Hello", "TWorld"}},
	{"empty ping", masked(0x89, ""), []string{"pong "}},
	{"longest ping", masked(0x89, strings.Repeat("a", 125)), []string{"pong 125 bytes"}},
	{"ping within a message", join(masked(0x01, "a"), masked(0x89, "p"), masked(0x80, "b")), []string{"pong p", "Tab"}},
	{"unsolicited pong", join(masked(0x8A, "x"), text("a")), []string{"Ta"}},
	{"ping of 126 bytes", []byte("\x89\xfe"), []string{"close 1002 ", "EOF"}},
	{"pong of 64-bit length", []byte("\x8a\xff"), []string{"close 1002 ", "EOF"}},
	{"fragmented ping", []byte("\x09"), []string{"close 1002 ", "EOF"}},
	{"fragmented close", []byte("\x08"), []string{"close 1002 ", "EOF"}},
	{"close within a message", join(masked(0x01, "a"), closing8(1000, "")), []string{"close 1000 ", "EOF"}},
	{"messages after the close", join(closing8(1000, ""), text("a")), []string{"close 1000 ", "EOF"}},
	{"messages after an error", join([]byte("\xf1"), text("a")), []string{"close 1002 ", "EOF"}},
	// section 5.2: reserved bits and opcodes, found before the second byte
	{"rsv1", []byte("\xc1"), []string{"close 1002 ", "EOF"}},
	{"rsv2", []byte("\xa1"), []string{"close 1002 ", "EOF"}},
	{"rsv3", []byte("\x91"), []string{"close 1002 ", "EOF"}},
	{"rsv1 on a ping", []byte("\xc9"), []string{"close 1002 ", "EOF"}},
	{"opcode 3", []byte("\x83"), []string{"close 1002 ", "EOF"}},
	{"opcode 4", []byte("\x84"), []string{"close 1002 ", "EOF"}},
	{"opcode 5", []byte("\x85"), []string{"close 1002 ", "EOF"}},
	{"opcode 6", []byte("\x86"), []string{"close 1002 ", "EOF"}},
	{"opcode 7", []byte("\x87"), []string{"close 1002 ", "EOF"}},
	{"opcode b", []byte("\x8b"), []string{"close 1002 ", "EOF"}},
	{"opcode c", []byte("\x8c"), []string{"close 1002 ", "EOF"}},
	{"opcode d", []byte("\x8d"), []string{"close 1002 ", "EOF"}},
	{"opcode e", []byte("\x8e"), []string{"close 1002 ", "EOF"}},
	{"opcode f", []byte("\x8f"), []string{"close 1002 ", "EOF"}},
	// sections 5.5.1 and 7.4: close
	{"close", closing8(1000, ""), []string{"close 1000 ", "EOF"}},
	{"empty close", masked(0x88, ""), []string{"close 1000 ", "EOF"}},
	{"longest close", closing8(4999, strings.Repeat("r", 123)), []string{"close 1000 ", "EOF"}},
	{"half a close code", masked(0x88, "\x03"), []string{"close 1002 ", "EOF"}},
	{"close with 1005", closing8(1005, ""), []string{"close 1002 ", "EOF"}},
	{"close reason not UTF-8", closing8(1000, "\xc3"), []string{"close 1007 ", "EOF"}},
	// section 8.1: text
	{"text", text("漢字 😀"), []string{"T漢字 😀"}},
	{"binary that is no text", masked(0x82, "\x80\x81"), []string{"B\x80\x81"}},
	{"text 8081", text("\x80\x81"), []string{"close 1007 ", "EOF"}},
	{"text overlong", text("\xc0\xaf"), []string{"close 1007 ", "EOF"}},
	{"text surrogate", text("\xed\xa0\x80"), []string{"close 1007 ", "EOF"}},
	{"text beyond U+10FFFF", text("\xf4\x90\x80\x80"), []string{"close 1007 ", "EOF"}},
	{"text that ends in a character", text("\xe6\x9c"), []string{"close 1007 ", "EOF"}},
	{"text that ends in a character, in fragments", join(masked(0x01, "\xe6"), masked(0x80, "\x9c")), []string{"close 1007 ", "EOF"}},
	{"bad text far within", text(strings.Repeat("a", 5000) + "\xff" + strings.Repeat("b", 5000)), []string{"close 1007 ", "EOF"}},
	{"late bad byte of text", join(masked(0x01, strings.Repeat("漢", 1000)), masked(0x80, "\x80")), []string{"close 1007 ", "EOF"}},
	// Fail fast: the frame is not there yet.
	{"bad text, most of it to come", []byte("\x81\xfe\x10\x00" + key0 + "Hello\xff"), []string{"close 1007 ", "EOF"}},
	{"bad second byte", []byte("\x81\xfe\x10\x00" + key0 + "\xe0\x80"), []string{"close 1007 ", "EOF"}},
	{"too big, none of it here", []byte("\x82\xff\x00\x00\x00\x00\x00\x10\x00\x01" + key0), []string{"close 1009 …", "EOF"}},
	{"too big in fragments", join(masked(0x02, strings.Repeat("x", 1<<20)), []byte("\x00\x81"+key0)), []string{"close 1009 …", "EOF"}},
	{"as big as may be", masked(0x82, strings.Repeat("x", 1<<20)), []string{"B1048576 bytes"}},
}

func TestFrames(t *testing.T) {
	for _, test := range frameCases {
		t.Run(test.name, func(t *testing.T) {
			for _, octets := range []bool{false, true} {
				if octets && len(test.in) > 70000 {
					continue
				}
				server, client := sockets(t)
				checkFrames(t, server, client, test.in, octets, test.want)
				if len(test.in) < 70000 {
					server, client = pipe(t)
					checkFrames(t, server, client, test.in, octets, test.want)
				}
			}
		})
	}
}

// octetwise is how many octets go out by themselves at the beginning and at the end of what is sent in
// octets; those between go in pieces that cut each frame elsewhere.
const octetwise, pieces = 2048, 1021

func checkFrames(t *testing.T, server, client net.Conn, in []byte, octets bool, want []string) {
	t.Helper()
	c, p := open(t, server, client, Config{})
	result := serve(c, echo)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for at, n := 0, len(in); at < len(in); at += n {
			switch {
			case !octets:
			case at < octetwise || len(in)-at <= octetwise:
				n = 1
			default:
				n = min(pieces, len(in)-at-octetwise)
			}
			if _, err := client.Write(in[at : at+n]); err != nil {
				return // the server may have had enough
			}
		}
	}()
	p.want(want...)
	client.Close()
	<-result
	<-written
}

func TestTextCutAtEveryByte(t *testing.T) {
	c, p := connect(t, Config{})
	result := serve(c, echo)
	s := "aκ漢😀\U0010FFFF\uE000\uD7FF"
	for i := range len(s) {
		p.send(masked(0x01, s[:i]), masked(0x89, ""), masked(0x80, s[i:]))
		p.want("pong ", "T"+s)
	}
	p.nc.Close()
	<-result
}
