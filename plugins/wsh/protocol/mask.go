package protocol

import "encoding/binary"

// Turned is a frame's mask as it meets eight bytes of payload that begin with the one at at.
func Turned(key [4]byte, at int64) uint64 {
	four := binary.LittleEndian.Uint32(key[:])
	shift := 8 * uint(at&3)
	four = four>>shift | four<<(32-shift)
	return uint64(four) | uint64(four)<<32
}

// Unmask writes src, unmasked, to dst, which may be src. turned is Turned for src's first byte.
func Unmask(dst, src []byte, turned uint64) {
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
