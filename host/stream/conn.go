// Package stream is one WebSocket connection on the wire: coder/websocket reads over a net.Conn of
// ours that knows frames, and stream writes.
//
// Receiving is socket.go (bytes from TCP), frames.go and control.go, message.go with resume.go and inflate.go,
// receive.go; reader.go serializes reads. Sending is send.go and deliver.go, deflate.go, flush.go, write.go.
// phase.go is the state of a connection, close.go how it ends; scheduler.go and checks.go run what happens
// without the handler: background.go, alive.go, idle.go.
package stream

import (
	"net"
	"slices"
	"sync/atomic"
	"syscall"

	"wshd/plugins/wsh"
)

// Conn is one connection, from before its opening handshake is answered. It implements wsh.Stream. Set its
// functions before ReadInBackground and Open.
type Conn struct {
	// Passive says how to answer the client's Close frame. It is called within Receive, or by End
	// if TransferData has returned before. nil: 1000 and "".
	Passive func(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error)

	// Answered is told what the client answered to a Close that waited. nil: nobody wants to know.
	Answered func(code wsh.StatusCode, reason string)

	// Gone is called once, when the client is gone: TCP has ended, its Close frame has been seen,
	// or it broke the protocol.
	Gone func()

	nc   net.Conn
	raw  syscall.RawConn // nil: nc is not a plain socket
	conf Config
	ext  deflateParams // agreed by Negotiate

	phase phase

	reading mutex // held by whoever reads
	in      inbound
	inHook  atomic.Bool // a hook is running within Receive, or answers the client's Close frame
	ahead   atomic.Bool // Receive has returned, and the client's next frame is buffered whole
	rates   *rates      // nil: no rate is bounded

	out   outbound
	pong  pong
	plain atomic.Bool // DisableCompression was called

	checks    checks
	scheduled scheduled // guarded by the Scheduler
	stats     counters

	onPing, onPong atomic.Pointer[func([]byte)]
}

var _ wsh.Stream = (*Conn)(nil)

// New takes over nc, of which buffered has been read already.
func New(nc net.Conn, buffered []byte, c Config) *Conn {
	s := &Conn{
		nc:   nc,
		conf: c.filled(),
	}
	s.in.early = slices.Clone(buffered)
	if c.MessagesPerSecond > 0 || c.BytesPerSecond > 0 {
		s.rates = new(rates)
	}
	s.openSocket()
	return s
}

// Open writes answer, the 101: frames from now on. A Fail that comes meanwhile is told to the client
// after it.
func (c *Conn) Open(answer []byte) error {
	if err := c.beginWrite(); err != nil {
		return err
	}
	c.phase.reach(opened)
	err := c.write(answer)
	c.endWrite()
	if err != nil {
		return err
	}
	c.startChecks()
	return nil
}

// DisableCompression keeps Negotiate from agreeing to it, or sends what follows uncompressed.
func (c *Conn) DisableCompression() { c.plain.Store(true) }

// OnPing has f called for pings, instead of a pong; nil brings the pongs back.
func (c *Conn) OnPing(f func(body []byte)) { setHook(&c.onPing, f) }

// OnPong has f called for pongs.
func (c *Conn) OnPong(f func(body []byte)) { setHook(&c.onPong, f) }

func setHook(p *atomic.Pointer[func([]byte)], f func([]byte)) {
	if f == nil {
		p.Store(nil)
		return
	}
	p.Store(&f)
}

// Ahead reports whether Receive has returned, and the client's next frame is here.
func (c *Conn) Ahead() bool { return c.ahead.Load() }

// Stats is what passed over a connection, for the log.
type Stats struct {
	MessagesIn, MessagesOut int64
	BytesIn, BytesOut       int64 // payload, inflated

	// CloseCode is the code of the first Close frame, whoever sent it: 1005 if it had none, 1006
	// if there was no such frame.
	CloseCode wsh.StatusCode
}

type counters struct {
	messagesIn, messagesOut, bytesIn, bytesOut atomic.Int64
	closeCode                                  atomic.Int32
}

// sent counts a message before it is written, so that whoever has received it finds it counted. Negative
// numbers take back what was not written.
func (n *counters) sent(messages, bytes int) {
	n.messagesOut.Add(int64(messages))
	n.bytesOut.Add(int64(bytes))
}

// Stats may be called at any time.
func (c *Conn) Stats() Stats {
	s := Stats{
		MessagesIn: c.stats.messagesIn.Load(), MessagesOut: c.stats.messagesOut.Load(),
		BytesIn: c.stats.bytesIn.Load(), BytesOut: c.stats.bytesOut.Load(),
		CloseCode: wsh.StatusCode(c.stats.closeCode.Load()),
	}
	if s.CloseCode == 0 {
		s.CloseCode = wsh.StatusAbnormalClosure
	}
	return s
}

// noteCode notes the code of a Close frame, sent or received, if it is the first.
func (c *Conn) noteCode(code wsh.StatusCode) {
	if code == 0 {
		code = wsh.StatusNoStatusReceived
	}
	c.stats.closeCode.CompareAndSwap(0, int32(code))
}
