package host

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryFirstOctet: sections 5.2 (reserved bits and opcodes), 5.4 (fragments) and 5.5 (control
// frames are whole), with and without a message under way.
func TestEveryFirstOctet(t *testing.T) {
	h := echoHost(t, Config{})
	for _, begun := range []bool{false, true} {
		var musts []must
		for first := range 256 {
			m := must{name: fmt.Sprintf("%02x, message begun %v", first, begun), in: fr(byte(first), "")}
			if begun {
				m.in = fr(0x01, "a") + m.in
			}
			m.want = answerTo(first, begun)
			musts = append(musts, m)
		}
		hold(t, h, "/echo", musts)
	}
}

// answerTo is what RFC 6455 says of an empty frame that begins with first.
func answerTo(first int, begun bool) []string {
	fin, opcode := first >= 0x80, first&0xF
	bad := []string{protocolError, "EOF"}
	switch {
	case first&0x70 != 0, begun && (opcode == 1 || opcode == 2), !begun && opcode == 0, opcode >= 8 && !fin:
		return bad
	case opcode == 0 && fin:
		return []string{`T"a"`}
	case opcode == 1 && fin:
		return []string{`T""`}
	case opcode == 2 && fin:
		return []string{`B""`}
	case opcode <= 2, opcode == 10:
		return nil
	case opcode == 8:
		return []string{`C1000""`, "EOF"}
	case opcode == 9:
		return []string{`O""`}
	}
	return bad
}

// TestEveryLength: section 5.2. The minimal number of bytes must be used, and the top bit be 0.
func TestEveryLength(t *testing.T) {
	h := echoHost(t, Config{})
	var musts []must
	for _, n := range []int{0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 32768, 65534, 65535, 65536, 65537, 1 << 20} {
		payload := strings.Repeat("x", n)
		for _, wide := range []int{0, 2, 8} {
			m := must{name: fmt.Sprintf("%d in %d more bytes", n, wide), in: octets(0x82, wide, some, payload)}
			switch {
			case wide == wideOf(n):
				m.want = []string{"B" + quoted(payload)}
			case wide < wideOf(n):
				continue // does not fit
			default:
				m.want = []string{protocolError, "EOF"}
			}
			musts = append(musts, m)
		}
	}
	for top := 0x80; top < 0x100; top += 0x7F { // 80 and FF
		for _, opcode := range []string{"\x81", "\x82"} {
			musts = append(musts, must{fmt.Sprintf("top bit, %x of %x", top, opcode),
				opcode + "\xff" + string([]byte{byte(top)}) + strings.Repeat("\x00", 6) + "\x01", []string{protocolError, "EOF"}})
		}
	}
	musts = append(musts,
		must{"63 bits of ones", "\x82\xff\x7f" + strings.Repeat("\xff", 7) + "mask", []string{tooBig, "EOF"}},
		must{"one more than is let in", "\x82\xff\x00\x00\x00\x00\x00\x10\x00\x01mask", []string{tooBig, "EOF"}},
		must{"the same on a continuation", fr(0x02, "") + "\x80\xff\x00\x00\x00\x00\x00\x10\x00\x01mask", []string{tooBig, "EOF"}},
		must{"one more in fragments of one octet", fr(0x02, "") + fr(0x00, strings.Repeat("x", 1<<20-9)) + strings.Repeat(fr(0x00, "x"), 10), []string{tooBig, "EOF"}},
		must{"one more in two fragments", fr(0x02, "x") + "\x80\xff\x00\x00\x00\x00\x00\x10\x00\x00mask", []string{tooBig, "EOF"}})
	hold(t, h, "/echo", musts)
}

// TestMasks: sections 5.1 and 5.3. What is not masked closes the connection; any key must do.
func TestMasks(t *testing.T) {
	h := echoHost(t, Config{})
	var musts []must
	for _, key := range []uint32{zero, ones, some, 1, 0x80000000, 0x00FF00FF} {
		for _, payload := range []string{"", "H", "Hello, Wörld", strings.Repeat("漢", 1000)} {
			musts = append(musts, must{fmt.Sprintf("%x on %d bytes", key, len(payload)),
				octets(0x81, wideOf(len(payload)), key, payload) + octets(0x89, 0, key, "p"), []string{fmt.Sprintf("T%q", payload), `O"p"`}})
		}
	}
	for _, first := range []byte{0x81, 0x82, 0x01, 0x02, 0x88, 0x89, 0x8A} {
		for _, length := range []string{"\x00", "\x05", "\x7d", "\x7e", "\x7f"} {
			musts = append(musts, must{fmt.Sprintf("none on %x%x", first, length), string([]byte{first}) + length, []string{protocolError, "EOF"}})
		}
	}
	musts = append(musts, must{"none on a continuation", fr(0x01, "a") + "\x80\x01b", []string{protocolError, "EOF"}},
		must{"none, behind a message", fr(0x81, "a") + "\x81\x01b", []string{`T"a"`, protocolError, "EOF"}})
	hold(t, h, "/echo", musts)
}

// TestFragments: section 5.4.
func TestFragments(t *testing.T) {
	h := echoHost(t, Config{})
	s := strings.Repeat("fragments of one byte ", 20)
	var bytes, pinged, many strings.Builder
	var pongs []string
	bytes.WriteString(fr(0x01, s[:1]))
	pinged.WriteString(fr(0x01, s[:1]))
	for i := 1; i < len(s); i++ {
		first := byte(0)
		if i == len(s)-1 {
			first = 0x80
		}
		ping := fmt.Sprint(i)
		bytes.WriteString(fr(first, s[i:i+1]))
		pinged.WriteString(fr(0x89, ping) + fr(0x8A, "unasked") + fr(first, s[i:i+1]))
		pongs = append(pongs, fmt.Sprintf("O%q", ping))
	}
	many.WriteString(fr(0x02, ""))
	for i := range 9998 {
		many.WriteString(fr(0, "0123456789"[i%10:i%10+1]))
	}
	many.WriteString(fr(0x80, ""))
	hold(t, h, "/echo", []must{
		{"of one byte", bytes.String(), []string{fmt.Sprintf("T%q", s)}},
		{"of one byte, with a ping before each", pinged.String(), append(pongs, fmt.Sprintf("T%q", s))},
		{"10000", many.String(), []string{"B" + quoted(strings.Repeat("0123456789", 1000)[:9998])}},
		{"empty ones", fr(0x01, "") + fr(0, "") + fr(0, "") + fr(0x80, ""), []string{`T""`}},
		{"a close among them", fr(0x01, "a") + closeFrame(1000, ""), []string{`C1000""`, "EOF"}},
		{"two messages", fr(0x01, "a") + fr(0x80, "b") + fr(0x02, "c") + fr(0x80, "d"), []string{`T"ab"`, `B"cd"`}},
		{"an unfinished message does not hold up pongs", fr(0x01, "a") + fr(0x89, "p"), []string{`O"p"`}},
	})
}

// TestControlFrames: section 5.5. At most 125 bytes; a pong has its ping's application data; a pong
// that nobody asked for is not answered.
func TestControlFrames(t *testing.T) {
	h := echoHost(t, Config{})
	var all strings.Builder
	var pongs []string
	for n := range 126 {
		body := strings.Repeat("\xff", n)
		all.WriteString(fr(0x89, body) + fr(0x81, "between")) // pings may share a pong, but not across a message read
		pongs = append(pongs, fmt.Sprintf("O%q", body), `T"between"`)
	}
	musts := []must{
		{"pings of every length", all.String(), pongs},
		{"pongs", fr(0x8A, "") + fr(0x8A, strings.Repeat("x", 125)), nil},
	}
	for _, first := range []byte{0x88, 0x89, 0x8A} {
		for _, n := range []int{126, 127, 65536} {
			musts = append(musts, must{fmt.Sprintf("%x of %d bytes", first, n), fr(first, strings.Repeat("x", n)), []string{protocolError, "EOF"}})
		}
		musts = append(musts,
			must{fmt.Sprintf("%x with 16 bits of length", first), octets(first, 2, some, "x"), []string{protocolError, "EOF"}},
			must{fmt.Sprintf("%x with 64 bits of length", first), octets(first, 8, some, ""), []string{protocolError, "EOF"}})
	}
	hold(t, h, "/echo", musts)
}
