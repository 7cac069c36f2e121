package stream

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// Most messages are short. Priming a compressor would take longer than compressing one, and dynamic codes more
// bytes than they save: a short message becomes one block with the fixed codes of RFC 1951, section 3.2.6.

// shortMessage is the greatest length of such a message.
const shortMessage = 512

const (
	leastMatch = 4
	mostMatch  = 258
	tableBits  = 12
	mostTries  = 16 // places that are compared for a match
)

// shortDeflater is the memory for one message.
type shortDeflater struct {
	text  []byte                 // the window, and the message behind it
	head  [1 << tableBits]uint16 // by the hash of four bytes: the last place that had them, from 1; 0: none
	chain []uint16               // by place: the one before with the same hash
	bits  uint64                 // that have not been written, the first one lowest
	n     uint                   // how many
	out   []byte
}

var shortDeflaters = sync.Pool{New: func() any { return new(shortDeflater) }}

// deflateShort appends p, compressed and flushed, to out. It may point back into window.
func deflateShort(out, p, window []byte) []byte {
	if len(p) == 0 {
		return append(out, "\x00"+flushed...)
	}
	z := shortDeflaters.Get().(*shortDeflater)
	defer shortDeflaters.Put(z)
	start := len(out)
	z.text = append(append(z.text[:0], window...), p...)
	z.out, z.bits, z.n = out, 0, 0
	z.block(len(window))
	if len(z.out)-start > len(p)+6 { // stored it is shorter
		z.out = append(z.out[:start], 0, byte(len(p)), byte(len(p)>>8), ^byte(len(p)), ^byte(len(p)>>8))
		z.out = append(append(z.out, p...), 0)
	}
	out, z.out = append(z.out, flushed...), nil
	return out
}

// block writes the text from at on.
func (z *shortDeflater) block(at int) {
	clear(z.head[:])
	z.chain = slices.Grow(z.chain[:0], len(z.text))[:len(z.text)]
	for i := range at {
		z.insert(i)
	}
	z.put(1<<1, 3) // not the last; fixed codes
	for at < len(z.text) {
		length, distance := z.match(at)
		if length < leastMatch {
			z.literal(z.text[at])
			length = 1
		} else {
			z.pointer(length, distance)
		}
		for range length {
			z.insert(at)
			at++
		}
	}
	z.put(0, 7) // the end of the block
	z.put(0, 3) // and the head of a stored one, which is empty
	z.put(0, (8-z.n%8)%8)
}

func hash4(p []byte) uint32 { return binary.LittleEndian.Uint32(p) * 0x9E3779B1 >> (32 - tableBits) }

// insert makes the four bytes at i known.
func (z *shortDeflater) insert(i int) {
	if i+leastMatch > len(z.text) {
		return
	}
	h := hash4(z.text[i:])
	z.chain[i] = z.head[h]
	z.head[h] = uint16(i + 1)
}

// match finds the longest match for what is at i, the nearest of several.
func (z *shortDeflater) match(i int) (length, distance int) {
	p := z.text[i:min(len(z.text), i+mostMatch)]
	if len(p) < leastMatch {
		return 0, 0
	}
	at := z.head[hash4(p)]
	for range mostTries {
		if at == 0 || i-int(at-1) > windowSize {
			break
		}
		old, n := z.text[at-1:], 0
		for n < len(p) && old[n] == p[n] {
			n++
		}
		if n > length {
			length, distance = n, i-int(at-1)
		}
		at = z.chain[at-1]
	}
	return length, distance
}

// literal writes one byte.
func (z *shortDeflater) literal(b byte) {
	if b < 144 {
		z.put(uint64(bits.Reverse8(0x30+b)), 8)
	} else {
		z.put(uint64(bits.Reverse16(0x190+uint16(b-144))>>7), 9)
	}
}

// pointer writes a length and a distance.
func (z *shortDeflater) pointer(length, distance int) {
	symbol, more, extra := uint(285-256), uint64(0), uint(0)
	if l := uint(length - 3); length < mostMatch {
		if symbol = 1 + l; l >= 8 {
			extra = uint(bits.Len(l)) - 3
			symbol, more = 1+4*extra+l>>extra, uint64(l&(1<<extra-1))
		}
	}
	if symbol < 280-256 {
		z.put(uint64(bits.Reverse8(uint8(symbol))>>1), 7)
	} else {
		z.put(uint64(bits.Reverse8(0xC0+uint8(symbol)-(280-256))), 8)
	}
	z.put(more, extra)
	d := uint(distance - 1)
	symbol, more, extra = d, 0, 0
	if d >= 4 {
		extra = uint(bits.Len(d)) - 2
		symbol, more = 2*extra+d>>extra, uint64(d&(1<<extra-1))
	}
	z.put(uint64(bits.Reverse8(uint8(symbol))>>3), 5)
	z.put(more, extra)
}

// put writes the n lowest bits of b.
func (z *shortDeflater) put(b uint64, n uint) {
	z.bits |= b << z.n
	for z.n += n; z.n >= 8; z.n -= 8 {
		z.out = append(z.out, byte(z.bits))
		z.bits >>= 8
	}
}
