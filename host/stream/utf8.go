package stream

import (
	"encoding/binary"
	"unicode/utf8"

	"wshd/plugins/wsh/protocol"
)

// utf8Check validates text that arrives in pieces. Its zero value is the beginning of a message.
type utf8Check struct {
	need   int8 // continuation bytes that are missing from the character under way
	lo, hi byte // what the next of them may be
}

// write reports whether p continues the text. Once it has not, the text is bad for good.
func (u *utf8Check) write(p []byte) bool {
	for u.need > 0 && len(p) > 0 {
		if !u.step(p[0]) {
			return false
		}
		p = p[1:]
	}
	whole := len(p) - cut(p)
	if !utf8.Valid(p[:whole]) {
		return false
	}
	for _, b := range p[whole:] {
		if !u.step(b) {
			return false
		}
	}
	return true
}

// writeMasked is write of masked bytes. ASCII is checked without unmasking, eight bytes at a time; other text
// is unmasked into a buffer.
func (u *utf8Check) writeMasked(p []byte, turned uint64) bool {
	const high = 0x8080808080808080
	if u.need == 0 {
		for len(p) >= 8 && (binary.LittleEndian.Uint64(p)^turned)&high == 0 {
			p = p[8:]
		}
	}
	var plain [512]byte // a multiple of 8, so that each piece meets the mask alike
	for len(p) > 0 {
		n := min(len(p), len(plain))
		protocol.Unmask(plain[:n], p[:n], turned)
		if !u.write(plain[:n]) {
			return false
		}
		p = p[n:]
	}
	return true
}

// done reports whether the text may end here.
func (u *utf8Check) done() bool { return u.need == 0 }

// cut is the number of bytes at the end of p that begin a character and do not finish it.
func cut(p []byte) int {
	for i := 1; i <= min(3, len(p)); i++ {
		b := p[len(p)-i]
		if utf8.RuneStart(b) {
			if size(b) > i {
				return i
			}
			return 0
		}
	}
	return 0
}

// size is the length of the character that b begins; 0: it begins none.
func size(b byte) int {
	switch {
	case b < 0x80:
		return 1
	case b >= 0xC2 && b <= 0xDF:
		return 2
	case b >= 0xE0 && b <= 0xEF:
		return 3
	case b >= 0xF0 && b <= 0xF4:
		return 4
	}
	return 0
}

// step takes one byte. The bounds of a second byte keep out overlong forms, surrogates and what is
// beyond U+10FFFF (RFC 3629, section 4).
func (u *utf8Check) step(b byte) bool {
	if u.need > 0 {
		if b < u.lo || b > u.hi {
			return false
		}
		u.need--
		u.lo, u.hi = 0x80, 0xBF
		return true
	}
	n := size(b)
	if n == 0 {
		return false
	}
	u.need, u.lo, u.hi = int8(n-1), 0x80, 0xBF
	switch b {
	case 0xE0:
		u.lo = 0xA0
	case 0xED:
		u.hi = 0x9F
	case 0xF0:
		u.lo = 0x90
	case 0xF4:
		u.hi = 0x8F
	}
	return true
}
