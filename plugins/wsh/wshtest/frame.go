package wshtest

import (
	"encoding/binary"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// frame is one frame as read.
type frame struct {
	wsh.FrameHeader
	payload []byte
}

func (f frame) control() bool { return f.Opcode&0x8 != 0 }

// parseFrame reads the frame at the start of buf and returns its length there; 0: not all of it is
// there yet.
func parseFrame(buf []byte) (frame, int) {
	if len(buf) < 2 {
		return frame{}, 0
	}
	var f frame
	f.Fin, f.Rsv1, f.Rsv2, f.Rsv3 = buf[0]&0x80 != 0, buf[0]&0x40 != 0, buf[0]&0x20 != 0, buf[0]&0x10 != 0
	f.Opcode = wsh.Opcode(buf[0] & 0xF)
	size, at := uint64(buf[1]&0x7F), 2
	switch {
	case size == 126 && len(buf) >= 4:
		size, at = uint64(binary.BigEndian.Uint16(buf[2:])), 4
	case size == 127 && len(buf) >= 10:
		size, at = binary.BigEndian.Uint64(buf[2:]), 10
	case size >= 126:
		return frame{}, 0
	}
	if buf[1]&0x80 != 0 {
		if len(buf) < at+4 {
			return frame{}, 0
		}
		f.Mask = append([]byte(nil), buf[at:at+4]...)
		at += 4
	}
	if uint64(len(buf)-at) < size {
		return frame{}, 0
	}
	end := at + int(size)
	f.payload = append([]byte{}, buf[at:end]...)
	if f.Mask != nil {
		for i := range f.payload {
			f.payload[i] ^= f.Mask[i%4]
		}
	}
	return f, end
}

// broken returns why RFC 6455 forbids f: the code to close with, or 0. begun says that a message has
// begun, and masked which of both ends sends.
func (f frame) broken(begun, masked bool) wsh.StatusCode {
	switch {
	case (f.Mask != nil) != masked, f.Rsv1 || f.Rsv2 || f.Rsv3, f.Opcode > wsh.OpcodePong,
		f.Opcode > wsh.OpcodeBinary && f.Opcode < wsh.OpcodeClose,
		f.control() && (!f.Fin || len(f.payload) > 125),
		!f.control() && begun != (f.Opcode == wsh.OpcodeContinuation):
		return wsh.StatusProtocolError
	}
	if f.Opcode != wsh.OpcodeClose {
		return 0
	}
	switch code, reason := f.closing(); {
	case len(f.payload) == 1, len(f.payload) > 0 && !code.Sendable():
		return wsh.StatusProtocolError
	case !utf8.ValidString(reason):
		return wsh.StatusInvalidFramePayloadData
	}
	return 0
}

// closing is what a Close frame says: 1005 if it is empty.
func (f frame) closing() (wsh.StatusCode, string) {
	if len(f.payload) < 2 {
		return wsh.StatusNoStatusReceived, ""
	}
	return wsh.StatusCode(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])
}

// assembly joins fragments.
type assembly struct {
	begun   bool
	message wsh.Message
}

// add takes a data frame in and returns the message once it is whole.
func (a *assembly) add(f frame) (m wsh.Message, whole bool) {
	if f.Opcode != wsh.OpcodeContinuation {
		a.message = wsh.Message{Binary: f.Opcode == wsh.OpcodeBinary}
	}
	a.message.Data = append(a.message.Data, f.payload...)
	a.begun = !f.Fin
	if a.begun {
		return wsh.Message{}, false
	}
	m = a.message
	a.message = wsh.Message{}
	if m.Data == nil {
		m.Data = []byte{}
	}
	return m, true
}

// closeBody is the payload of a Close frame; code 0 makes it empty.
func closeBody(code wsh.StatusCode, reason string) []byte {
	if code == 0 {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}
