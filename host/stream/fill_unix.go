//go:build unix

package stream

import (
	"io"
	"net"
	"syscall"
)

// open looks whether nc is a socket that can be read without a buffer to wait with.
func (l *lazy) open(nc net.Conn, in *inbound) {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return
	}
	l.raw = raw
	l.try = in.tryRead
}

// tryRead reads what is there. false: nothing.
func (in *inbound) tryRead(fd uintptr) bool {
	l := &in.lazy
	b := in.takeBuf()
	for {
		l.n, l.err = syscall.Read(int(fd), b)
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
