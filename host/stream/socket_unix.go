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
	c.raw, c.in.lazy.try, c.out.try = raw, c.in.tryRead, c.out.tryWrite
}

// tryRead reads what is there. false: nothing.
func (in *inbound) tryRead(fd uintptr) bool {
	l := &in.lazy
	b := in.takeBuf()
	for {
		l.n, l.err = readSocket(fd, b)
		if l.err != syscall.EINTR {
			break
		}
	}
	switch {
	case l.n > 0:
		return true
	case l.n == 0 && l.err == nil:
		l.err = io.EOF
	}
	l.n = 0 // not -1
	in.spareBuf()
	return l.err != syscall.EAGAIN
}

// tryWrite writes what the socket takes of o.bite, and is done with that.
func (o *outbound) tryWrite(fd uintptr) bool {
	if n, err := writeSocket(fd, o.bite); err == nil {
		o.bite = o.bite[n:]
	}
	return true
}
