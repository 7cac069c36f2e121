package tunnel

import (
	"errors"
	"net"
	"time"
)

// conn is one end of two pipes. What is written has been read at the other end when Write returns, so nothing
// waits in between, and each direction ends by itself, as with TCP.
type conn struct {
	in, out net.Conn
}

func pair() (*conn, *conn) {
	a, b := net.Pipe()
	c, d := net.Pipe()
	return &conn{a, c}, &conn{d, b}
}

func (c *conn) Read(p []byte) (int, error)         { return c.in.Read(p) }
func (c *conn) Write(p []byte) (int, error)        { return c.out.Write(p) }
func (c *conn) CloseWrite() error                  { return c.out.Close() }
func (c *conn) Close() error                       { return errors.Join(c.out.Close(), c.in.Close()) }
func (c *conn) LocalAddr() net.Addr                { return c.in.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr               { return c.in.RemoteAddr() }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.SetWriteDeadline(t) }
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
