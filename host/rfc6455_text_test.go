package host

import (
	"fmt"
	"strings"
	"testing"
)

// words reach every row of RFC 3629's table of well-formed sequences, at its ends.
const words = "a\x00\x7f\u0080κ߿ࠀ漢\ucfff\ud000\ud7ff\ue000\ufffd\uffff\U00010000😀\U0003ffff\U00040000\U000fffff\U00100000\U0010ffff"

// TestTextCutAnywhere: sections 5.6 and 8.1. A fragment may end within a character.
func TestTextCutAnywhere(t *testing.T) {
	h := echoHost(t, Config{})
	var musts []must
	want := fmt.Sprintf("T%q", words)
	for at := 0; at <= len(words); at++ {
		musts = append(musts, must{fmt.Sprintf("at %d", at), fr(0x01, words[:at]) + fr(0x89, "cut") + fr(0x80, words[at:]), []string{`O"cut"`, want}})
	}
	for _, size := range []int{1, 2, 3, 5} {
		in := fr(0x01, "")
		for rest := words; rest != ""; rest = rest[min(size, len(rest)):] {
			in += fr(0, rest[:min(size, len(rest))])
		}
		musts = append(musts, must{fmt.Sprintf("every %d", size), in + fr(0x80, ""), []string{want}})
	}
	hold(t, h, "/echo", musts)
}

// badTexts: bad is the first octet after which no UTF-8 can come of it (RFC 3629, section 4).
var badTexts = []struct {
	name, text string
	bad        int
}{
	{"a continuation byte alone", "ok\x80ab", 2},
	{"the last of them", "ok\xbfab", 2},
	{"C0", "\xc0\x80abc", 0},
	{"C1", "\xc1\xbfabc", 0},
	{"two bytes cut by ASCII", "é\xc3aé", 3},
	{"two bytes twice begun", "\xc3\xc3\xa9ab", 1},
	{"E0, overlong", "\xe0\x9f\xbfab", 1},
	{"three bytes cut by ASCII", "漢\xe6\xbca", 5},
	{"first surrogate", "\xed\xa0\x80ab", 1},
	{"last surrogate", "\xed\xbf\xbfab", 1},
	{"F0, overlong", "\xf0\x8f\xbf\xbfa", 1},
	{"four bytes cut by ASCII", "😀\xf0\x9f\x98a", 7},
	{"four bytes cut by a beginning", "\xf0\x9f\xf0\x9f", 2},
	{"beyond U+10FFFF", "\xf4\x90\x80\x80a", 1},
	{"F5", "\xf5\x80\x80\x80a", 0},
	{"FF", "ok\xffab", 2},
	{"far in", strings.Repeat("漢", 2000) + "\xe6\xe6ab", 6001},
}

// TestBadTextFailsAtItsFirstBadOctet: section 8.1. The message is never finished here. In fragments of
// one octet each is followed by a ping, whose pong tells that it was let pass.
func TestBadTextFailsAtItsFirstBadOctet(t *testing.T) {
	h := echoHost(t, Config{})
	var musts []must
	for _, tt := range badTexts {
		promised := len(tt.text) + 1<<16 // that much is not coming
		frame := octets(0x81, 8, some, tt.text+strings.Repeat("x", promised-len(tt.text)))
		musts = append(musts,
			must{tt.name + ", in one frame", frame[:14+tt.bad+1], []string{badText, "EOF"}},
			must{tt.name + ", in a later fragment", fr(0x01, "x") + fr(0, tt.text[:tt.bad]) + fr(0, tt.text[tt.bad:tt.bad+1]), []string{badText, "EOF"}},
			must{tt.name + ", behind a message", fr(0x81, "x") + fr(0x01, tt.text), []string{`T"x"`, badText, "EOF"}})
		if tt.bad > 100 {
			continue
		}
		in, want := fr(0x01, ""), []string(nil)
		for i := range tt.bad + 1 {
			ping := fmt.Sprint(i)
			in += fr(0, tt.text[i:i+1]) + fr(0x89, ping)
			if i < tt.bad {
				want = append(want, fmt.Sprintf("O%q", ping))
			}
		}
		musts = append(musts, must{tt.name + ", in fragments of one octet", in, append(want, badText, "EOF")})
	}
	for _, text := range []string{"\xc3", "\xe6", "\xe6\xbc", "\xf0", "\xf0\x9f", "\xf0\x9f\x98"} {
		musts = append(musts,
			must{fmt.Sprintf("ends with %x", text), fr(0x81, "x"+text), []string{badText, "EOF"}},
			must{fmt.Sprintf("ends with %x, in fragments", text), fr(0x01, text) + fr(0x80, ""), []string{badText, "EOF"}})
	}
	// Binary messages are not looked at, and a text after one is.
	musts = append(musts, must{"binary", fr(0x82, "\xff") + fr(0x02, "\xc3") + fr(0x80, "\x28") + fr(0x81, "é"),
		[]string{`B"\xff"`, `B"\xc3("`, `T"é"`}})
	hold(t, h, "/echo", musts)
}
