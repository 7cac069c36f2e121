package stream

import (
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Config bounds one connection. Zero values work.
type Config struct {
	MessageSize     int64         // bytes of one message, inflated; 0: 1 MiB, -1: no bound
	WriteTimeout    time.Duration // for a write that makes no progress; 0: 30s, -1: none
	CloseTimeout    time.Duration // for the peer's Close frame, and for the end of TCP; 0: 5s
	Compression     bool          // negotiate permessage-deflate
	ContextTakeover bool          // let it keep its window between messages
	Window          int           // bytes of the deflate window, each way, with context takeover; at most 32 KiB; 0: 4 KiB
	Threshold       int           // bytes below which a whole message is sent uncompressed

	// Rates of a client's messages. Above them its messages are delayed, or with CloseOverRate the connection
	// is closed with 1008. A burst of one second's worth is allowed. 0: no bound.
	MessagesPerSecond, BytesPerSecond int
	CloseOverRate                     bool

	// A client that is silent for PingInterval is pinged, and its connection ended when nothing has been
	// received PingTimeout later. A connection without a message either way for IdleTimeout is closed with
	// 1001, and so is one that has been open for Lifetime, or up to a tenth less, so that those opened together
	// are not closed together. 0: never.
	PingInterval, PingTimeout, IdleTimeout, Lifetime time.Duration

	NoRaw bool // ReadRaw and WriteRaw are refused: what is below the frames is not the client's connection

	Scheduler *Scheduler `json:"-"` // shared by connections, which costs less than one each; nil: its own

	// Hit is called for each limit that is met, with its name as below, from any goroutine. nil: not called.
	Hit func(limit string) `json:"-"`

	// Seen is called for each frame that the client sends: when its header has been read, for a control frame
	// when all of it has. nil: not called.
	Seen func(opcode wsh.Opcode, fin, rsv1 bool, size int64) `json:"-"`
}

// DefaultMessageSize and DefaultWriteTimeout are those of a Config that has none.
const (
	DefaultMessageSize  = 1 << 20
	DefaultWriteTimeout = 30 * time.Second
)

// DefaultWindow is that of a Config that has none.
const DefaultWindow = 4 << 10

// The names of the limits, as config.yaml has them.
const (
	LimitMessageSize       = "message_size"
	LimitMessagesPerSecond = "messages_per_second"
	LimitBytesPerSecond    = "bytes_per_second"
	LimitWriteTimeout      = "write_timeout"
	LimitIdleTimeout       = "idle_timeout"
	LimitLifetime          = "lifetime"
	LimitPingTimeout       = "ping_timeout"
)

// hit counts a limit that was met. Each place in this package that enforces a limit calls it.
func (c *Conn) hit(limit string) {
	if c.conf.Hit != nil {
		c.conf.Hit(limit)
	}
}

func (c *Conn) seen(h protocol.Header) {
	if c.conf.Seen != nil {
		c.conf.Seen(h.Opcode, h.Fin, h.Rsv1, h.Size)
	}
}

func (c Config) filled() Config {
	if c.MessageSize == 0 {
		c.MessageSize = DefaultMessageSize
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	if c.CloseTimeout == 0 {
		c.CloseTimeout = 5 * time.Second
	}
	if c.Window == 0 {
		c.Window = DefaultWindow
	}
	c.Window = min(c.Window, windowSize)
	if c.Scheduler == nil {
		c.Scheduler = &Scheduler{}
	}
	return c
}
