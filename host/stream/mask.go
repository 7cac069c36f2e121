package stream

import "encoding/binary"

// turned is the mask as it meets eight bytes of payload that begin with the one at at.
func turned(key [4]byte, at int64) uint64 {
	four := binary.LittleEndian.Uint32(key[:])
	shift := 8 * uint(at&3)
	four = four>>shift | four<<(32-shift)
	return uint64(four) | uint64(four)<<32
}

// unmask writes src, unmasked, to dst.
func unmask(dst, src []byte, turned uint64) {
	le := binary.LittleEndian
	for len(src) >= 32 && len(dst) >= 32 { // four at a time are twice as fast
		s, d := src[:32], dst[:32]
		le.PutUint64(d, le.Uint64(s)^turned)
		le.PutUint64(d[8:], le.Uint64(s[8:])^turned)
		le.PutUint64(d[16:], le.Uint64(s[16:])^turned)
		le.PutUint64(d[24:], le.Uint64(s[24:])^turned)
		dst, src = dst[32:], src[32:]
	}
	for len(src) >= 8 {
		le.PutUint64(dst, le.Uint64(src)^turned)
		dst, src = dst[8:], src[8:]
	}
	for i := range src {
		dst[i] = src[i] ^ byte(turned>>(8*i))
	}
}

// writeMasked is write of p as it stands on the wire. ASCII is checked through the mask, eight bytes
// at a time; the rest is unmasked aside.
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
		unmask(plain[:n], p[:n], turned)
		if !u.write(plain[:n]) {
			return false
		}
		p = p[n:]
	}
	return true
}
