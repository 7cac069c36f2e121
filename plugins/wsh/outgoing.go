package wsh

import "sync"

// Outgoing is a message on its way to many streams, which share what it looks like on the wire. Handler
// scripts do not use it: rooms make one for each message published.
type Outgoing struct {
	Message
	Frame []byte // the message as one frame, uncompressed; Data is its end

	once     sync.Once
	deflated []byte
}

// NewOutgoing copies m.
func NewOutgoing(m Message) *Outgoing {
	op := OpcodeText
	if m.Binary {
		op = OpcodeBinary
	}
	const header = 10
	o := &Outgoing{Message: m}
	o.Frame = AppendFrame(make([]byte, 0, header+len(m.Data)), FrameHeader{Fin: true, Opcode: op}, m.Data)
	o.Data = o.Frame[len(o.Frame)-len(m.Data):]
	return o
}

// Deflated is the message as one compressed frame, that depends on no other message. The first stream
// that needs it makes it.
func (o *Outgoing) Deflated(deflate func(Message) []byte) []byte {
	o.once.Do(func() { o.deflated = deflate(o.Message) })
	return o.deflated
}
