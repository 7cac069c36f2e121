package stream

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"wshd/plugins/wsh/protocol"
)

// edges are the bytes at which the tables of RFC 3629, section 4, change.
var edges = []byte{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
	0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF}

// extendable: some bytes behind b make it valid. They are tried in the room behind b.
func extendable(b []byte, depth int) bool {
	if utf8.Valid(b) {
		return true
	}
	if depth == 0 {
		return false
	}
	for _, e := range []byte{0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF} {
		if extendable(append(b, e), depth-1) {
			return true
		}
	}
	return false
}

func TestUTF8FailsAtTheFirstBadByte(t *testing.T) {
	var try func(b []byte, u utf8Check)
	try = func(b []byte, u utf8Check) {
		for _, e := range edges {
			next, v := append(append(make([]byte, 0, 8), b...), e), u
			ok := v.write([]byte{e})
			if want := extendable(next, 3); ok != want {
				t.Fatalf("% x: good so far %v, want %v", next, ok, want)
			}
			if !ok {
				continue
			}
			if want := utf8.Valid(next); v.done() != want {
				t.Fatalf("% x: whole %v, want %v", next, v.done(), want)
			}
			if len(next) < 4 {
				try(next, v)
			}
		}
	}
	try(nil, utf8Check{})
}

func TestUTF8InPiecesAndMasked(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "hello, world", "κ", "漢", "😀", strings.Repeat("x", 600), "\x80", "\xed\xa0\x80", "\xf0"}
	for range 5000 {
		var s []byte
		for range 1 + rnd.IntN(6) {
			s = append(s, alphabet[rnd.IntN(len(alphabet)-rnd.IntN(2)*3)]...)
		}
		key := [4]byte{byte(rnd.Int()), byte(rnd.Int()), byte(rnd.Int()), byte(rnd.Int())}
		var u utf8Check
		ok := true
		for at := 0; at < len(s) && ok; {
			n := min(1+rnd.IntN(700), len(s)-at)
			piece := make([]byte, n)
			for i := range n {
				piece[i] = s[at+i] ^ key[(at+i)&3]
			}
			ok = u.writeMasked(piece, protocol.Turned(key, int64(at)))
			at += n
		}
		if got, want := ok && u.done(), utf8.Valid(s); got != want {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	}
}
