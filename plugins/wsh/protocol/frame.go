package protocol

import (
	"encoding/binary"
	"fmt"

	"wshd/plugins/wsh"
)

// Header is a frame's header, as it was received (RFC 6455, section 5.2).
type Header struct {
	Fin, Rsv1 bool // Rsv1: compressed (RFC 7692)
	Opcode    wsh.Opcode
	Key       [4]byte // of the mask; zero in a frame of a server's
	Size      int64   // of the payload, in bytes
}

const (
	MaxHeader  = 14  // bytes of a header: two, a 64-bit length and a mask
	MaxControl = 125 // bytes of a control frame's payload
	MaxReason  = MaxControl - 2
)

// Fault is what the other end did against the protocol. It wraps wsh.ErrClosed, since the connection is
// closed for it.
type Fault struct {
	Code wsh.StatusCode // to close with
	What string
}

// Error describes the fault.
func (f *Fault) Error() string { return fmt.Sprintf("closed with %d: %s", f.Code, f.What) }

// Unwrap returns wsh.ErrClosed.
func (f *Fault) Unwrap() error { return wsh.ErrClosed }

func violation(format string, args ...any) error {
	return &Fault{wsh.StatusProtocolError, fmt.Sprintf(format, args...)}
}

// Receiver is what decides whether a frame may come now.
type Receiver struct {
	Client  bool // the receiver is a client: frames are not masked; else they are
	Begun   bool // a message has begun and its last frame has not come
	Deflate bool // permessage-deflate was agreed
}

// Parse reads the header at the beginning of b; n is its length, or 0 as long as b does not hold all of
// it. It returns a *Fault as soon as the bytes that are there tell of one.
func (r Receiver) Parse(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return h, 0, nil
	}
	h.Fin, h.Rsv1, h.Opcode = b[0]&0x80 != 0, b[0]&0x40 != 0, wsh.Opcode(b[0]&0xF)
	control := h.Opcode >= wsh.OpcodeClose
	begins := h.Opcode == wsh.OpcodeText || h.Opcode == wsh.OpcodeBinary
	switch {
	case b[0]&0x30 != 0 || h.Rsv1 && !(begins && r.Deflate):
		return h, 0, violation("reserved bits %#x in a frame of opcode %d", b[0]>>4&7, h.Opcode)
	case h.Opcode > wsh.OpcodePong || h.Opcode > wsh.OpcodeBinary && !control:
		return h, 0, violation("reserved opcode %d", h.Opcode)
	case control && !h.Fin:
		return h, 0, violation("fragmented control frame")
	case begins && r.Begun:
		return h, 0, violation("a message began within another")
	case h.Opcode == wsh.OpcodeContinuation && !r.Begun:
		return h, 0, violation("a fragment of no message")
	}
	if len(b) < 2 {
		return h, 0, nil
	}
	switch masked := b[1]&0x80 != 0; {
	case !masked && !r.Client:
		return h, 0, violation("unmasked frame")
	case masked && r.Client:
		return h, 0, violation("masked frame")
	case b[1]&0x7F > MaxControl && control:
		return h, 0, violation("control frame of more than %d bytes", MaxControl)
	}
	if h.Size, n, err = parseSize(b); n == 0 || err != nil || r.Client {
		return h, n, err
	}
	if len(b) < n+4 {
		return h, 0, nil
	}
	copy(h.Key[:], b[n:])
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
			return 0, 0, violation("length of more than 63 bits")
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
		return 0, 0, violation("length %d in %d bytes", size, n-2)
	}
	return size, n, nil
}

// AppendHeader appends the header of a frame from a server to dst. first is its first byte.
func AppendHeader(dst []byte, first byte, size int) []byte {
	switch {
	case size <= MaxControl:
		return append(dst, first, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(size))
}
