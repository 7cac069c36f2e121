// Package stream is one WebSocket connection on the wire: coder/websocket reads over a net.Conn of
// ours that knows frames, and stream writes.
package stream

import "time"

// Config bounds one connection. Zero values work.
type Config struct {
	MessageSize     int64         // bytes of one message, inflated; 0: 1 MiB, -1: no bound
	WriteTimeout    time.Duration // for a write that makes no progress; 0: 30s, -1: none
	CloseTimeout    time.Duration // for the peer's Close frame, and for the end of TCP; 0: 5s
	Compression     bool          // negotiate permessage-deflate
	ContextTakeover bool          // let it keep its window between messages
	Threshold       int           // bytes below which a whole message is sent uncompressed

	// A client that is silent for PingInterval is pinged, and given up when nothing has come
	// PingTimeout later. 0: never.
	PingInterval, PingTimeout time.Duration

	Keeper *Keeper // shared by connections, which costs less than one for each; nil: its own
}

func (c Config) filled() Config {
	if c.MessageSize == 0 {
		c.MessageSize = 1 << 20
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 30 * time.Second
	}
	if c.CloseTimeout == 0 {
		c.CloseTimeout = 5 * time.Second
	}
	if c.Keeper == nil {
		c.Keeper = &Keeper{}
	}
	return c
}
