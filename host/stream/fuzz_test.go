package stream

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// memory is a connection whose client has sent everything before, and then ended TCP. It comes in
// steps; if late is set a deadline strikes before each.
type memory struct {
	net.Conn
	in    []byte
	step  int
	late  bool
	early bool

	mu  sync.Mutex
	out []byte
}

func (m *memory) Read(p []byte) (int, error) {
	if m.late && !m.early {
		m.early = true
		return 0, os.ErrDeadlineExceeded
	}
	m.early = false
	if len(m.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.in[:min(m.step, len(m.in))])
	m.in = m.in[n:]
	return n, nil
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out = append(m.out, p...)
	return len(p), nil
}

func (m *memory) Close() error                     { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }

const fuzzLimit = 4096

// FuzzFrames compares what a connection makes of bytes with what an independent reader does. flags:
// 1 compression, 2 without context takeover, 4 byte by byte, 8 with timeouts, 16 buffered before.
func FuzzFrames(f *testing.F) {
	for _, test := range frameCases {
		if len(test.in) < 1000 {
			f.Add(test.in, byte(0))
			f.Add(test.in, byte(13))
		}
	}
	var z zclient
	f.Add(masked(0xC1, z.compress("Hello")), byte(1))
	f.Add(join(masked(0x41, final("Hel")), masked(0x89, "p"), masked(0x80, "\x00"), masked(0xC2, z.compress("Hello"))), byte(1))
	f.Add(masked(0xC1, final("漢")+final("字")), byte(3))
	f.Fuzz(func(t *testing.T, in []byte, flags byte) {
		params := deflateParams{on: flags&1 != 0, clientCut: flags&2 != 0}
		nc := &memory{in: in, step: 1 << 20, late: flags&8 != 0}
		if flags&4 != 0 {
			nc.step = 1
		}
		var buffered []byte
		if flags&16 != 0 {
			buffered, nc.in = in[:len(in)/2], in[len(in)/2:]
		}
		c := New(nc, buffered, Config{MessageSize: fuzzLimit})
		c.ext = params
		c.Open(nil)
		var got []string
		timeout := time.Duration(-1)
		if nc.late {
			timeout = 0
		}
		for {
			m, err := c.Receive(timeout, flags&1 != 0)
			if errors.Is(err, wsh.ErrTimeout) {
				continue
			}
			if err != nil {
				if !errors.Is(err, wsh.ErrClosed) && !errors.Is(err, io.EOF) {
					t.Errorf("Receive: %v", err)
				}
				break
			}
			got = append(got, fmt.Sprintf("%v %q", m.Binary, m.Data))
		}
		c.Abort()
		messages, codes := read(in, params)
		if !slices.Equal(got, messages) {
			t.Fatalf("got messages %q, want %q", got, messages)
		}
		if code := closeCode(t, nc.out); !slices.Contains(codes, code) {
			t.Fatalf("closed with %d, want one of %d", code, codes)
		}
	})
}

// closeCode is that of the Close frame among what was written, 0 if there is none.
func closeCode(t *testing.T, out []byte) int {
	p := &peer{t: t, br: bufio.NewReader(bytes.NewReader(out))}
	for {
		f, err := p.read()
		if err != nil {
			return 0
		}
		if f.op == 8 {
			return int(binary.BigEndian.Uint16(f.data))
		}
	}
}

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
		have := rest[:min(h.size, uint64(len(rest)))]
		data := make([]byte, len(have))
		for i := range have {
			data[i] = have[i] ^ h.key[i&3]
		}
		whole := uint64(len(have)) == h.size
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
			var bad int
			if message, bad = inflateAll(message, window); bad != 0 {
				return messages, []int{1007, 1009}
			}
			if op == 1 && !utf8.Valid(message) {
				return messages, []int{1007}
			}
			if !params.clientCut {
				window = append(window, message...)
				window = window[max(0, len(window)-windowSize):]
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

// more is readHead's code if all is well.
const more = -1

func readHead(b []byte, within, deflate bool) (h head, rest []byte, code int) {
	if len(b) == 0 {
		return h, nil, 0
	}
	h.op, h.fin, h.rsv1 = b[0]&15, b[0]&128 != 0, b[0]&64 != 0
	switch h.op {
	case 0:
		if !within || h.rsv1 {
			return h, nil, 1002
		}
	case 1, 2:
		if within || h.rsv1 && !deflate {
			return h, nil, 1002
		}
	case 8, 9, 10:
		if !h.fin || h.rsv1 {
			return h, nil, 1002
		}
	default:
		return h, nil, 1002
	}
	if b[0]&0x30 != 0 {
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

func inflateAll(p, window []byte) (out []byte, code int) {
	const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"
	r := bytes.NewReader(slices.Concat(p, []byte(tail)))
	for range maxFinal + 1 {
		dict := slices.Concat(window, out)
		dict = dict[max(0, len(dict)-windowSize):]
		piece, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(r, dict), fuzzLimit+1))
		out = append(out, piece...)
		switch {
		case len(out) > fuzzLimit:
			return nil, 1009
		case err != nil:
			return nil, 1007
		case r.Len() == 0 || r.Len() == 5 || r.Len() == len(tail):
			return out, 0
		case r.Len() < len(tail):
			return nil, 1007
		}
	}
	return nil, 1007
}
