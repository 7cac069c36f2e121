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
	Window          int           // bytes of what has passed that messages may point back to, each way, with context takeover; at most 32 KiB; 0: 4 KiB
	Threshold       int           // bytes below which a whole message is sent uncompressed

	// A client that sends more is made to wait, or with CloseOverRate closed with 1008. What it may
	// send in a second it may send at once. 0: no bound.
	MessagesPerSecond, BytesPerSecond int
	CloseOverRate                     bool

	// A client that is silent for PingInterval is pinged, and given up when nothing has come
	// PingTimeout later. A connection without a message either way for IdleTimeout is closed with
	// 1001, and so is one of the age of Lifetime, or up to a tenth younger: so that those that came
	// together do not go together. 0: never.
	PingInterval, PingTimeout, IdleTimeout, Lifetime time.Duration

	Keeper *Keeper `json:"-"` // shared by connections, which costs less than one for each; nil: its own

	// Hit is told of each limit that is met, by the names below, from any goroutine. nil: nobody is.
	Hit func(limit string) `json:"-"`

	// Seen is told of each frame that the client sends, once its header is here, and of a control frame
	// once all of it is. nil: nobody is.
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

// hit counts a limit that was met; each place in this package that enforces one calls it.
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
	if c.Keeper == nil {
		c.Keeper = &Keeper{}
	}
	return c
}
