package stream

import (
	"net"
	"syscall"
	"unsafe"
)

// pollFd is struct pollfd, and pollRDHup the event that the peer has ended its direction: poll(2). Package
// syscall has neither, and x/sys would become a dependency of each compiled handler.
type pollFd struct {
	fd              int32
	events, revents int16
}

const pollRDHup = 0x2000

// hungUp reports whether the client has ended TCP, though there is more to read from before that.
func (c *Conn) hungUp() (yes bool) {
	nc := c.nc
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = secure.NetConn()
	}
	socket, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		poll, now := pollFd{fd: int32(fd), events: pollRDHup}, syscall.Timespec{}
		n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		yes = errno == 0 && n > 0 // POLLHUP and POLLERR are reported unasked
	})
	return err == nil && yes
}
