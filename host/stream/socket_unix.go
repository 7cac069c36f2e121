//go:build unix

package stream

import (
	"io"
	"net"
	"syscall"
)

// openSocket looks whether nc is a plain socket: that can be read without a buffer to wait with, and
// written without waiting.
func (c *Conn) openSocket() {
	switch c.nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return
	}
	raw, err := c.nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return
	}
	c.raw, c.in.first.try, c.out.try = raw, c.in.tryRead, c.out.tryWrite
}

// tryRead reads what is there. false: nothing.
func (in *inbound) tryRead(fd uintptr) bool {
	f := &in.first
	b := in.takeBuffer()
	for {
		f.n, f.err = readSocket(fd, b)
		if f.err != syscall.EINTR {
			break
		}
	}
	switch {
	case f.n > 0:
		return true
	case f.n == 0 && f.err == nil:
		f.err = io.EOF
	}
	f.n = 0 // not -1
	in.releaseBuffer()
	return f.err != syscall.EAGAIN
}

// tryWrite writes what the socket takes of o.rest, and is done with that.
func (o *outbound) tryWrite(fd uintptr) bool {
	if n, err := writeSocket(fd, o.rest); err == nil {
		o.rest = o.rest[n:]
	}
	return true
}
