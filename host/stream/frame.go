package stream

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// header is a frame's, as the client sent it (RFC 6455, section 5.2).
type header struct {
	fin, rsv1 bool
	opcode    wsh.Opcode
	key       [4]byte
	size      int64
}

// maxHeader is a 64-bit length and a mask; maxControl the payload of a control frame.
const (
	maxHeader  = 14
	maxControl = 125
)

// fault is what the client did against the protocol, and the code that the connection is closed
// with for it.
type fault struct {
	code wsh.StatusCode
	what string
}

func (f *fault) Error() string { return fmt.Sprintf("closed with %d: %s", f.code, f.what) }

func (f *fault) Unwrap() error { return wsh.ErrClosed }

func broke(format string, args ...any) error {
	return &fault{wsh.StatusProtocolError, fmt.Sprintf(format, args...)}
}

// parse reads the header at the beginning of b; n is its length, or 0 as long as b does not hold
// it all. It finds fault as soon as the bytes that are there allow it. begun: a message has begun and
// not ended. deflate: permessage-deflate was agreed.
func parse(b []byte, begun, deflate bool) (h header, n int, err error) {
	if len(b) == 0 {
		return h, 0, nil
	}
	h.fin, h.rsv1, h.opcode = b[0]&0x80 != 0, b[0]&0x40 != 0, wsh.Opcode(b[0]&0xF)
	control := h.opcode >= wsh.OpcodeClose
	begins := h.opcode == wsh.OpcodeText || h.opcode == wsh.OpcodeBinary
	switch {
	case b[0]&0x30 != 0 || h.rsv1 && !(begins && deflate):
		return h, 0, broke("reserved bits %#x in a frame of opcode %d", b[0]>>4&7, h.opcode)
	case h.opcode > wsh.OpcodePong || h.opcode > wsh.OpcodeBinary && !control:
		return h, 0, broke("reserved opcode %d", h.opcode)
	case control && !h.fin:
		return h, 0, broke("fragmented control frame")
	case begins && begun:
		return h, 0, broke("a message began within another")
	case h.opcode == wsh.OpcodeContinuation && !begun:
		return h, 0, broke("a fragment of no message")
	}
	if len(b) < 2 {
		return h, 0, nil
	}
	if b[1]&0x80 == 0 {
		return h, 0, broke("unmasked frame")
	}
	if b[1]&0x7F > maxControl && control {
		return h, 0, broke("control frame of more than %d bytes", maxControl)
	}
	if h.size, n, err = parseSize(b); n == 0 || err != nil {
		return h, 0, err
	}
	if len(b) < n+4 {
		return h, 0, nil
	}
	copy(h.key[:], b[n:])
	return h, n + 4, nil
}

// parseSize reads the length in a frame's header; n is where it ends, or 0.
func parseSize(b []byte) (size int64, n int, err error) {
	switch short := b[1] & 0x7F; short {
	case 126:
		if len(b) < 4 {
			return 0, 0, nil
		}
		size, n = int64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) > 2 && b[2]&0x80 != 0 {
			return 0, 0, broke("length of more than 63 bits")
		}
		if len(b) < 10 {
			return 0, 0, nil
		}
		size, n = int64(binary.BigEndian.Uint64(b[2:])), 10
	default:
		return int64(short), 2, nil
	}
	// RFC 6455, section 5.2: the minimal number of bytes MUST be used to encode the length.
	if n == 4 && size < 126 || n == 10 && size < 1<<16 {
		return 0, 0, broke("length %d in %d bytes", size, n-2)
	}
	return size, n, nil
}

// closing reads the payload of a Close frame (RFC 6455, sections 5.5.1 and 7.4).
func closing(body []byte) (wsh.StatusCode, string, error) {
	if len(body) == 0 {
		return wsh.StatusNoStatusReceived, "", nil
	}
	if len(body) == 1 {
		return 0, "", broke("Close frame with half a code")
	}
	code, reason := wsh.StatusCode(binary.BigEndian.Uint16(body)), body[2:]
	if !receivable(code) {
		return 0, "", broke("Close frame with code %d", code)
	}
	if !utf8.Valid(reason) {
		return 0, "", &fault{wsh.StatusInvalidFramePayloadData, "close reason that is not UTF-8"}
	}
	return code, string(reason), nil
}

// receivable: the codes in use, those of the registry, and those left to libraries and applications.
func receivable(code wsh.StatusCode) bool {
	if code >= 3000 {
		return code <= 4999
	}
	return code.Sendable() && code != 1004 && code <= wsh.StatusBadGateway
}

// appendHeader appends the header of a frame from the server to dst. first is its first byte.
func appendHeader(dst []byte, first byte, size int) []byte {
	switch {
	case size <= maxControl:
		return append(dst, first, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(size))
}
