package stream

import (
	"bufio"
	"bytes"
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
	f.Fuzz(func(t *testing.T, in []byte, flags byte) { againstOracle(t, in, flags) })
}

// againstOracle reads in as flags say, and returns how many messages came, and the code of the close.
func againstOracle(t *testing.T, in []byte, flags byte) (n, code int) {
	params := deflateParams{on: flags&1 != 0, clientFresh: flags&2 != 0}
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
	got := receiveAll(t, c, nc.late, flags&1 != 0)
	c.Abort()
	messages, codes := read(in, params)
	if !slices.Equal(got, messages) {
		t.Fatalf("got messages %q, want %q", got, messages)
	}
	if code = closeCode(t, nc.out); !slices.Contains(codes, code) {
		t.Fatalf("closed with %d, want one of %d", code, codes)
	}
	return len(got), code
}

func receiveAll(t *testing.T, c *Conn, timed, reuse bool) (got []string) {
	timeout := time.Duration(-1)
	if timed {
		timeout = 0
	}
	for {
		m, err := c.Receive(timeout, reuse)
		switch {
		case err == nil:
			got = append(got, fmt.Sprintf("%v %q", m.Binary, m.Data))
		case errors.Is(err, wsh.ErrTimeout):
		case errors.Is(err, wsh.ErrClosed), errors.Is(err, io.EOF):
			return got
		default:
			t.Fatalf("Receive: %v", err)
		}
	}
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
