package protocol

import (
	"errors"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

func TestParseReadsWhatFrameWrites(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 70000} {
		payload := []byte(strings.Repeat("x", size))
		for _, mask := range [][]byte{nil, {1, 2, 3, 4}} {
			b := wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary, Mask: mask}, payload)
			r := Receiver{Client: mask == nil}
			h, n, err := r.Parse(b)
			if err != nil || h.Size != int64(size) || !h.Fin || h.Rsv1 || h.Opcode != wsh.OpcodeBinary || n != len(b)-size {
				t.Fatalf("%d bytes, mask %v: got %+v, %d, %v", size, mask, h, n, err)
			}
			for cut := range n {
				if _, n, err := r.Parse(b[:cut]); n != 0 || err != nil {
					t.Errorf("%d bytes, %d of them there: got %d, %v", size, cut, n, err)
				}
			}
			got := make([]byte, size)
			Unmask(got, b[n:], Turned(h.Key, 0))
			if string(got) != string(payload) {
				t.Errorf("%d bytes, mask %v: unmasked wrongly", size, mask)
			}
			if mask == nil && string(AppendHeader(nil, b[0], size)) != string(b[:n]) {
				t.Errorf("%d bytes: AppendHeader differs from wsh.Frame", size)
			}
		}
	}
}

func TestParseTellsOfFaults(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Receiver
		b    string
		what string // of the fault; "": there is none
	}{
		{"compressed, agreed", Receiver{Deflate: true}, "\xc1\x80", ""},
		{"compressed, not agreed", Receiver{}, "\xc1", "reserved bits"},
		{"compressed continuation", Receiver{Deflate: true, Begun: true}, "\xc0", "reserved bits"},
		{"compressed ping", Receiver{Deflate: true}, "\xc9", "reserved bits"},
		{"second reserved bit", Receiver{Deflate: true}, "\xa1", "reserved bits"},
		{"third reserved bit", Receiver{Deflate: true}, "\x91", "reserved bits"},
		{"data opcode", Receiver{}, "\x83", "reserved opcode 3"},
		{"control opcode", Receiver{}, "\x8b", "reserved opcode 11"},
		{"fragmented close", Receiver{}, "\x08", "fragmented"},
		{"message in a message", Receiver{Begun: true}, "\x81", "within another"},
		{"continuation of nothing", Receiver{}, "\x80", "no message"},
		{"unmasked, to a server", Receiver{}, "\x81\x00", "unmasked"},
		{"masked, to a client", Receiver{Client: true}, "\x81\x80", "masked"},
		{"unmasked, to a client", Receiver{Client: true}, "\x81\x00", ""},
		{"long ping", Receiver{}, "\x89\xfe", "more than 125"},
		{"16 bits for 125", Receiver{}, "\x81\xfe\x00\x7d", "length 125 in 2"},
		{"64 bits for 65535", Receiver{Client: true}, "\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", "length 65535 in 8"},
		{"64th bit", Receiver{}, "\x81\xff\x80", "63 bits"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := test.r.Parse([]byte(test.b))
			var f *Fault
			if test.what == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
			} else if !errors.As(err, &f) || f.Code != wsh.StatusProtocolError || !strings.Contains(f.What, test.what) || !errors.Is(err, wsh.ErrClosed) {
				t.Errorf("got %v, want a fault that says %q", err, test.what)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	const allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for b := range 256 {
		if got, want := IsToken(string([]byte{byte(b)})), strings.IndexByte(allowed, byte(b)) >= 0; got != want {
			t.Errorf("%#x: got %v, want %v", b, got, want)
		}
	}
	for s, want := range map[string]int{"": 0, "chat.v1": 7, "a b": 1, " a": 0, "a;b": 1} {
		if got := TokenLength(s); got != want || IsToken(s) != (want == len(s) && s != "") {
			t.Errorf("%q: got %d, %v", s, got, IsToken(s))
		}
	}
}

// Each of these would have read an unmasked payload as it stands, at any place and length.
func TestUnmaskAtEachPlace(t *testing.T) {
	key := [4]byte{0x11, 0x22, 0x33, 0x44}
	for at := range 9 {
		for n := range 80 {
			src, want := make([]byte, n), make([]byte, n)
			for i := range src {
				src[i] = byte(i)
				want[i] = byte(i) ^ key[(at+i)%4]
			}
			if Unmask(src, src, Turned(key, int64(at))); string(src) != string(want) {
				t.Fatalf("%d bytes at %d: got %x, want %x", n, at, src, want)
			}
		}
	}
}
