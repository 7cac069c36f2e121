package stream

import (
	"slices"
	"sync"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// pongPatience is how long the reader waits for a pong to be written, so that pongs and messages keep their
// order. A send to a client that does not read may take longer than that.
const pongPatience = 100 * time.Millisecond

// pong is the answer that is owed to the client's latest ping.
type pong struct {
	mu   sync.Mutex
	body []byte
	owed bool
	sent chan struct{} // closed when the goroutine that sends pongs has ended; nil: there is none
}

func (c *Conn) hookFor(op wsh.Opcode, body []byte) func([]byte) {
	p := &c.onPing
	if op == wsh.OpcodePong {
		p = &c.onPong
	}
	if f := p.Load(); f != nil && op != wsh.OpcodeClose && (op == wsh.OpcodePing || string(body) != keepAliveBody) {
		return *f
	}
	return nil
}

// control serves one control frame. body is valid during the call.
func (c *Conn) control(op wsh.Opcode, body []byte) error {
	if op == wsh.OpcodeClose {
		code, reason, err := protocol.ParseClose(body)
		if err != nil {
			return err
		}
		c.receivedClose(code, reason)
		return errCloseReceived
	}
	if f := c.hookFor(op, body); f != nil && c.in.mode == receiving {
		c.inHook.Store(true)
		defer c.inHook.Store(false)
		f(slices.Clone(body))
		return nil
	}
	if op == wsh.OpcodePing {
		c.answerPing(body)
	}
	return nil
}

// answerPing sends a pong as soon as the writer is free, without keeping the reader from reading: a
// goroutine writes, and while it cannot, later pings only change what it will write. RFC 6455,
// section 5.5.3, allows to answer the latest ping only.
func (c *Conn) answerPing(body []byte) {
	p := &c.pong
	p.mu.Lock()
	p.body, p.owed = append(p.body[:0], body...), true
	if p.sent != nil {
		p.mu.Unlock()
		return
	}
	sent := make(chan struct{})
	if !c.help(func() { c.pongs(sent) }) {
		p.mu.Unlock()
		return
	}
	p.sent = sent
	p.mu.Unlock()
	patience := time.NewTimer(pongPatience)
	defer patience.Stop()
	select {
	case <-sent:
	case <-patience.C:
	case <-c.phase.done(down):
	}
}

func (c *Conn) pongs(sent chan struct{}) {
	defer close(sent)
	p := &c.pong
	for {
		err := c.beginWrite()
		p.mu.Lock()
		if err != nil || !p.owed {
			p.sent = nil
			p.mu.Unlock()
			if err == nil {
				c.endWrite()
			}
			return
		}
		p.owed = false
		frame := append(protocol.AppendHeader(make([]byte, 0, 2+protocol.MaxControl), 0x8A, len(p.body)), p.body...)
		p.mu.Unlock()
		c.write(frame) // an error ends the connection, and so the loop
		c.endWrite()
	}
}
