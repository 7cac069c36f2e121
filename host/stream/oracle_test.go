package stream

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// read is the oracle: the messages in b, and the codes with which reading may end; 0 is TCP's end.
func read(b []byte, params deflateParams) (messages []string, codes []int) {
	var window, message []byte
	var op byte // of the message under way
	var compressed bool
	end := func(code int) ([]string, []int) {
		if op != 0 && compressed { // data may have been found bad, or too big, before that
			return messages, []int{code, 1007, 1009}
		}
		return messages, []int{code}
	}
	for {
		h, rest, code := readHead(b, op != 0, params.on)
		if code != more {
			return end(code)
		}
		first, control := h.op, h.op >= 8
		if first == 1 || first == 2 {
			op, compressed, message = first, h.rsv1, nil
		}
		if !control && !compressed && uint64(len(message))+h.size > fuzzLimit {
			return messages, []int{1009}
		}
		data := h.payload(rest)
		whole := uint64(len(data)) == h.size
		if control {
			if whole && h.op == 8 {
				return end(closeAnswer(data))
			}
		} else {
			message = append(message, data...)
			if op == 1 && !compressed && !begins(message, whole && h.fin) {
				return messages, []int{1007}
			}
		}
		if !whole {
			return end(0)
		}
		b = rest[h.size:]
		if control || !h.fin {
			continue
		}
		if compressed {
			var ok bool
			if message, ok = inflateAll(message, window); !ok || op == 1 && !utf8.Valid(message) {
				return messages, []int{1007, 1009}
			}
			if !params.clientFresh {
				window = slices.Concat(window, message)
			}
		}
		messages = append(messages, fmt.Sprintf("%v %q", op == 2, message))
		op = 0
	}
}

type head struct {
	op        byte
	fin, rsv1 bool
	size      uint64
	key       [4]byte
}

// payload is as much of it as there is, unmasked.
func (h head) payload(b []byte) []byte {
	data := slices.Clone(b[:min(h.size, uint64(len(b)))])
	for i := range data {
		data[i] ^= h.key[i&3]
	}
	return data
}

// more is readHead's code if all is well.
const more = -1

func readHead(b []byte, within, deflate bool) (h head, rest []byte, code int) {
	if len(b) == 0 {
		return h, nil, 0
	}
	h.op, h.fin, h.rsv1 = b[0]&15, b[0]&128 != 0, b[0]&64 != 0
	if b[0]&0x30 != 0 || !h.allowed(within, deflate) {
		return h, nil, 1002
	}
	if len(b) < 2 {
		return h, nil, 0
	}
	h.size = uint64(b[1] & 127)
	if b[1] < 128 || h.op >= 8 && h.size > 125 {
		return h, nil, 1002
	}
	wide := map[uint64]int{126: 2, 127: 8}[h.size]
	b = b[2:]
	if wide == 8 && len(b) > 0 && b[0] >= 128 {
		return h, nil, 1002
	}
	if len(b) < wide {
		return h, nil, 0
	}
	if wide > 0 {
		h.size = 0
		for _, x := range b[:wide] {
			h.size = h.size<<8 | uint64(x)
		}
		if h.size < 126 || wide == 8 && h.size < 65536 {
			return h, nil, 1002
		}
	}
	b = b[wide:]
	if len(b) < 4 {
		return h, nil, 0
	}
	copy(h.key[:], b)
	return h, b[4:], more
}

func (h head) allowed(within, deflate bool) bool {
	switch h.op {
	case 0:
		return within && !h.rsv1
	case 1, 2:
		return !within && (deflate || !h.rsv1)
	case 8, 9, 10:
		return h.fin && !h.rsv1
	}
	return false
}

func closeAnswer(body []byte) int {
	if len(body) == 0 {
		return 1000
	}
	if len(body) == 1 {
		return 1002
	}
	code := int(body[0])<<8 | int(body[1])
	known := slices.Contains([]int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}, code)
	if !known && (code < 3000 || code > 4999) {
		return 1002
	}
	if !utf8.Valid(body[2:]) {
		return 1007
	}
	return 1000
}

// begins: b is UTF-8, or, if it is not all, the beginning of some.
func begins(b []byte, all bool) bool {
	for cut := 0; cut <= min(3, len(b)); cut++ {
		head, tail := b[:len(b)-cut], b[len(b)-cut:]
		if utf8.Valid(head) && (cut == 0 || !all && !utf8.FullRune(tail)) {
			return true
		}
	}
	return false
}

// inflateAll reports false for data that is bad, or inflates to too much.
func inflateAll(p, window []byte) (out []byte, ok bool) {
	const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"
	r := bytes.NewReader(slices.Concat(p, []byte(tail)))
	for range maxFinal + 1 {
		dict := slices.Concat(window, out)
		dict = dict[max(0, len(dict)-windowSize):]
		piece, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(r, dict), fuzzLimit+1))
		out = append(out, piece...)
		switch {
		case len(out) > fuzzLimit || err != nil:
			return nil, false
		case r.Len() == 0 || r.Len() == 5 || r.Len() == len(tail):
			return out, true
		case r.Len() < len(tail):
			return nil, false
		}
	}
	return nil, false
}
