package wsh

import (
	"sync"
	"sync/atomic"
)

// Outgoing is a publication on its way to many streams, which share what it looks like on the wire.
// Handler scripts do not use it: rooms make one for each message published.
type Outgoing struct {
	Message
	Frame []byte // the message as one frame, uncompressed; Data is its end

	about Publication // but for the message

	once     sync.Once
	deflated []byte

	rendering sync.Mutex // a renderer is called once
	looks     atomic.Pointer[[]rendition]
}

// rendition is what one version of a handler makes of a publication.
type rendition struct {
	of *Renderer
	m  *Outgoing
}

// NewOutgoing copies m.
func NewOutgoing(m Message) *Outgoing { return NewPublication(Publication{Message: m}) }

// NewPublication copies the message of p.
func NewPublication(p Publication) *Outgoing {
	m := p.Message
	op := OpcodeText
	if m.Binary {
		op = OpcodeBinary
	}
	const header = 10
	o := &Outgoing{Message: m, about: p}
	o.Frame = AppendFrame(make([]byte, 0, header+len(m.Data)), FrameHeader{Fin: true, Opcode: op}, m.Data)
	o.Data = o.Frame[len(o.Frame)-len(m.Data):]
	o.about.Message = Message{}
	return o
}

// Publication is what was published. Its message's bytes are shared.
func (o *Outgoing) Publication() Publication {
	p := o.about
	p.Message = o.Message
	return p
}

// Deflated is the message as one compressed frame, that depends on no other message. The first stream
// that needs it makes it.
func (o *Outgoing) Deflated(deflate func(Message) []byte) []byte {
	o.once.Do(func() { o.deflated = deflate(o.Message) })
	return o.deflated
}

// Rendered is what r makes of o, or o itself if r is nil or makes nothing of it. Who asks first waits for r, and
// is told by grown how many bytes o takes more since then; who asks later shares the result.
func (o *Outgoing) Rendered(r *Renderer) (m *Outgoing, grown int) {
	if r == nil {
		return o, 0
	}
	if m := o.look(r); m != nil {
		return m, 0
	}
	o.rendering.Lock()
	defer o.rendering.Unlock()
	if m := o.look(r); m != nil {
		return m, 0
	}
	m = o
	if seen, ok := r.render(o.Publication()); ok {
		m = NewOutgoing(seen)
		grown = len(m.Frame)
	}
	looks := []rendition{{r, m}}
	if old := o.looks.Load(); old != nil {
		for _, l := range *old {
			if !l.of.over() {
				looks = append(looks, l)
			} else if l.m != o {
				grown -= len(l.m.Frame)
			}
		}
	}
	o.looks.Store(&looks)
	return m, grown
}

func (o *Outgoing) look(r *Renderer) *Outgoing {
	looks := o.looks.Load()
	if looks == nil {
		return nil
	}
	for _, l := range *looks {
		if l.of == r {
			return l.m
		}
	}
	return nil
}
