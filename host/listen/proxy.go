package listen

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// Proxy is how the PROXY protocol, versions 1 and 2, is spoken: a header at the start of a connection says who
// the client is.
type Proxy struct {
	Trusts  func(net.Addr) bool               // reports whether that peer is believed; it must send a header
	Ignored func(peer net.Addr)               // called for a header from another peer
	Refused func(peer net.Addr, reason error) // called for a connection without a header, or with a malformed one
	Timeout time.Duration                     // for the header to come
}

// proxyListener accepts connections that begin with a header.
type proxyListener struct {
	net.Listener
	proxy *Proxy
}

// Accept does not wait for the header: Read does, and whoever asks for the client's address.
func (l *proxyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	// As much as a header of version 1 has, which must come in one piece, and version 2 with names.
	return &proxied{Conn: c, proxy: l.proxy, reader: bufio.NewReaderSize(c, 256)}, nil
}

// proxied is a connection that begins with a header.
type proxied struct {
	net.Conn
	proxy  *Proxy
	once   sync.Once
	reader *bufio.Reader // nil: what came with the header is read
	client net.Addr
	nobody bool // the header names no client
	err    error
}

// Nobody reports whether the proxy has named no client: it does not know it (UNKNOWN), or the connection is
// its own (LOCAL). RemoteAddr is then the proxy's, and what else is said of a client on the connection is not
// its word.
func (c *proxied) Nobody() bool {
	c.once.Do(c.begin)
	return c.nobody
}

// Peer is who is at the other end of the connection: the proxy.
func (c *proxied) Peer() net.Addr { return c.Conn.RemoteAddr() }

// RemoteAddr is the client's address: the peer's own if the header is not there or not believed.
func (c *proxied) RemoteAddr() net.Addr {
	c.once.Do(c.begin)
	return c.client
}

// Read reads what follows the header.
func (c *proxied) Read(p []byte) (int, error) {
	c.once.Do(c.begin)
	if c.err != nil {
		return 0, c.err
	}
	if c.reader != nil {
		if c.reader.Buffered() > 0 {
			return c.reader.Read(p)
		}
		c.reader = nil
	}
	return c.Conn.Read(p)
}

// Plain is the connection without what was for its header, once that has been read with what came
// along.
func (c *proxied) Plain() net.Conn {
	if c.reader != nil && c.reader.Buffered() > 0 {
		return c
	}
	return c.Conn
}

// begin reads the header.
func (c *proxied) begin() {
	peer := c.Conn.RemoteAddr()
	c.client = peer
	trusted := c.proxy.Trusts(peer)
	header, err := proxyproto.ReadHeaderTimeout(c.Conn, c.reader, c.proxy.Timeout)
	if errors.Is(err, proxyproto.ErrNoProxyProtocol) && !trusted {
		return // a client without a proxy
	}
	if err == nil && !trusted {
		c.proxy.Ignored(peer)
		return
	}
	if err == nil {
		// UNKNOWN is read as LOCAL.
		if c.nobody = header.Command.IsLocal(); !c.nobody {
			c.client, err = source(header)
		}
	}
	if err != nil {
		c.client, c.err = peer, fmt.Errorf("PROXY header: %w", err)
		c.proxy.Refused(peer, c.err)
	}
}

// source is the client's address: TCP or a unix socket.
func source(h *proxyproto.Header) (net.Addr, error) {
	switch a := h.SourceAddr.(type) {
	case *net.TCPAddr, *net.UnixAddr:
		return a, nil
	}
	return nil, fmt.Errorf("%v is no client of a stream", h.SourceAddr)
}
