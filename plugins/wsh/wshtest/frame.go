package wshtest

import (
	"encoding/binary"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// frame is one frame as read.
type frame struct {
	protocol.Header
	payload []byte
}

// parseFrame reads the frame at the start of buf and returns its length there; 0: not all of it is
// there yet. An error is a *protocol.Fault of the sender's.
func parseFrame(buf []byte, r protocol.Receiver) (frame, int, error) {
	h, n, err := r.Parse(buf)
	if err != nil || n == 0 || int64(len(buf)-n) < h.Size {
		return frame{}, 0, err
	}
	f := frame{h, make([]byte, h.Size)}
	protocol.Unmask(f.payload, buf[n:n+int(h.Size)], protocol.Turned(h.Key, 0))
	return f, n + int(h.Size), nil
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
