package stream

import (
	"errors"
	"io"
	"net"
	"testing"
)

func TestEchoAndClose(t *testing.T) {
	for _, network := range []struct {
		name string
		make func(testing.TB) (net.Conn, net.Conn)
	}{{"tcp", sockets}, {"pipe", pipe}} {
		t.Run(network.name, func(t *testing.T) {
			server, client := network.make(t)
			c, p := open(t, server, client, Config{})
			result := serve(c, echo)
			p.send(text("Hello"))
			p.want("THello")
			p.send(masked(0x82, "\x00\xff"))
			p.want("B\x00\xff")
			p.send(masked(0x89, "ping"))
			p.want("pong ping")
			p.send(closing8(3000, "bye"))
			p.want("close 1000 ", "EOF")
			client.Close()
			if err := <-result; !errors.Is(err, io.EOF) {
				t.Errorf("handler got %v, want EOF", err)
			}
			if got := c.Stats(); got != (Stats{2, 2, 7, 7, 3000}) {
				t.Errorf("stats %+v", got)
			}
		})
	}
}
