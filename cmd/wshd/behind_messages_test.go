package main

import (
	"context"
	"strings"

	"github.com/coder/websocket"
)

func (b *behind) messages() {
	s := b.dial("/ws/rooms/echo", nil)
	b.exchange(s, "发送数据", "发送数据")
	long := strings.Repeat("x", 1<<20)
	b.exchange(s, long, long)
}

// compressed messages come through as they are, if the web server passes the extension on.
func (b *behind) compressed() {
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	c, answer, err := options{deflate: true}.dial(ctx, "wss://"+b.secure+"/ws/rooms/echo")
	if err != nil {
		b.Fatal(err)
	}
	defer c.CloseNow()
	c.SetReadLimit(-1)
	if got := answer.Header.Get("Sec-WebSocket-Extensions"); !strings.HasPrefix(got, "permessage-deflate") {
		b.Errorf("got extensions %q, want permessage-deflate", got)
	}
	long := strings.Repeat("发送数据", 20_000)
	b.exchange(&socket{c}, long, long)
}

func (b *behind) subprotocol() {
	s := b.dial("/ws/rooms/echo", nil, "chat.v2", "chat.v1")
	if got := s.Subprotocol(); got != "chat.v1" {
		b.Errorf("got %q, want chat.v1", got)
	}
}

func (b *behind) closeCodes() {
	ctx, cancel := context.WithTimeout(b.Context(), waitLimit)
	defer cancel()
	s := b.dial("/ws/closing", nil)
	if err := s.Write(ctx, websocket.MessageText, []byte("4001")); err != nil {
		b.Fatal(err)
	}
	if err := s.closed(ctx, "4001"); err != nil {
		b.Error(err)
	}
	s = b.dial("/ws/closing", nil)
	if err := s.Close(4003, "enough"); err != nil {
		b.Error(err)
	}
	if _, err := b.wshd.findNew("client closed.* code=4003 reason=enough"); err != nil {
		b.Error(err)
	}
}
