package wsh

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
)

// Opcode says what a frame is (RFC 6455, section 5.2).
type Opcode uint8

// The opcodes of RFC 6455, section 11.8. 3 to 7 and 11 to 15 are reserved.
const (
	OpcodeContinuation Opcode = 0x0
	OpcodeText         Opcode = 0x1
	OpcodeBinary       Opcode = 0x2
	OpcodeClose        Opcode = 0x8
	OpcodePing         Opcode = 0x9
	OpcodePong         Opcode = 0xA
)

// FrameHeader is the first bytes of a frame but its length, which the payload tells.
type FrameHeader struct {
	Fin              bool // the last fragment of its message
	Rsv1, Rsv2, Rsv3 bool // Rsv1: compressed (RFC 7692)
	Opcode           Opcode
	Mask             []byte // 4 bytes, or nil: not masked. A server never masks
}

// Frame encodes one frame, for WriteRaw, by people who test clients. Nothing is checked: what RFC
// 6455 forbids can be made. The length takes its shortest form.
func Frame(h FrameHeader, payload []byte) []byte {
	return AppendFrame(nil, h, payload)
}

// AppendFrame appends to dst what Frame returns.
func AppendFrame(dst []byte, h FrameHeader, payload []byte) []byte {
	first := byte(h.Opcode & 0xF)
	for i, set := range []bool{h.Fin, h.Rsv1, h.Rsv2, h.Rsv3} {
		if set {
			first |= 0x80 >> i
		}
	}
	masked := byte(0)
	if len(h.Mask) == 4 {
		masked = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, first, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, first, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, first, masked|127), uint64(n))
	}
	if masked == 0 {
		return append(dst, payload...)
	}
	dst = append(dst, h.Mask...)
	for i, b := range payload {
		dst = append(dst, b^h.Mask[i%4])
	}
	return dst
}

// CloseFrame encodes a Close frame. Code 0 makes an empty one. Nothing is checked, so that a
// handler can send a broken one to see what a client does.
func CloseFrame(code StatusCode, reason string) []byte {
	var body []byte
	if code != 0 {
		body = append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
	}
	return Frame(FrameHeader{Fin: true, Opcode: OpcodeClose}, body)
}

// AcceptKey returns the Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455, section
// 4.2.2). It is pywebsocket's handshake.compute_accept.
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
