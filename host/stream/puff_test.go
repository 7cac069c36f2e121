package stream

import "fmt"

// puff inflates by RFC 1951, apart from compress/flate, which does not tell how far back data points.
type puff struct {
	in       []byte
	bit      int
	out      []byte
	farthest int
}

// tree decodes a Huffman code (RFC 1951, section 3.2.2): how many codes have each length, and their
// symbols in order.
type tree struct {
	count   [16]int
	symbols []int
}

func newTree(lengths []int) (t tree) {
	for length := 1; length <= 15; length++ {
		for symbol, l := range lengths {
			if l == length {
				t.count[length]++
				t.symbols = append(t.symbols, symbol)
			}
		}
	}
	return t
}

func (p *puff) bits(n int) (v int) {
	for i := range n {
		v |= int(p.in[p.bit/8]>>(p.bit%8)&1) << i
		p.bit++
	}
	return v
}

func (p *puff) symbol(t tree) int {
	code, first, index := 0, 0, 0
	for length := 1; length <= 15; length++ {
		code |= p.bits(1)
		if n := t.count[length]; code-first < n {
			return t.symbols[index+code-first]
		} else {
			index, first = index+n, (first+n)<<1
		}
		code <<= 1
	}
	panic("no such code")
}

// message inflates what all its bytes hold, on top of p.out.
func (p *puff) message(in []byte) (text string, err error) {
	p.in, p.bit = append(append([]byte(nil), in...), 0, 0, 0xff, 0xff), 0
	start := len(p.out)
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	for p.bit/8 < len(p.in) {
		p.block()
	}
	return string(p.out[start:]), nil
}

func (p *puff) block() {
	p.bits(1) // a final block is as good as any
	switch p.bits(2) {
	case 0:
		p.bit = (p.bit + 7) / 8 * 8
		n := p.bits(16)
		p.bits(16)
		p.out = append(p.out, p.in[p.bit/8:p.bit/8+n]...)
		p.bit += 8 * n
	case 1:
		var lengths [288]int
		for i := range lengths {
			lengths[i] = 8
			if i >= 256 && i < 280 {
				lengths[i] = 7
			} else if i >= 144 && i < 256 {
				lengths[i] = 9
			}
		}
		var distances [30]int
		for i := range distances {
			distances[i] = 5
		}
		p.codes(newTree(lengths[:]), newTree(distances[:]))
	case 2:
		p.dynamic()
	default:
		panic("no such block")
	}
}

func (p *puff) dynamic() {
	literals, distances, n := p.bits(5)+257, p.bits(5)+1, p.bits(4)+4
	var of [19]int
	order := []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	for _, at := range order[:n] {
		of[at] = p.bits(3)
	}
	t := newTree(of[:])
	var lengths []int
	for len(lengths) < literals+distances {
		value, repeat := 0, 1
		switch symbol := p.symbol(t); symbol {
		case 16:
			value, repeat = lengths[len(lengths)-1], 3+p.bits(2)
		case 17:
			repeat = 3 + p.bits(3)
		case 18:
			repeat = 11 + p.bits(7)
		default:
			value = symbol
		}
		for range repeat {
			lengths = append(lengths, value)
		}
	}
	p.codes(newTree(lengths[:literals]), newTree(lengths[literals:]))
}

func (p *puff) codes(literals, distances tree) {
	for {
		symbol := p.symbol(literals)
		switch {
		case symbol < 256:
			p.out = append(p.out, byte(symbol))
			continue
		case symbol == 256:
			return
		}
		length := 258
		if i := symbol - 257; i < 8 {
			length = 3 + i
		} else if i < 28 {
			extra := i/4 - 1
			length = 3 + (4+i%4)<<extra + p.bits(extra)
		}
		distance := 1 + p.symbol(distances)
		if i := distance - 1; i >= 4 {
			extra := i/2 - 1
			distance = 1 + (2+i%2)<<extra + p.bits(extra)
		}
		p.farthest = max(p.farthest, distance)
		for range length {
			p.out = append(p.out, p.out[len(p.out)-distance])
		}
	}
}
