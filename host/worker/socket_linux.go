package worker

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Supported says why handlers cannot have processes of their own here; nil: they can.
func Supported() error { return nil }

// socket is one end of the datagrams.
type socket struct {
	c *net.UnixConn

	mu sync.Mutex // one datagram at a time
}

// socketPair makes two ends: one for here, and one to start a process with.
func socketPair(kind int) (*socket, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	there := os.NewFile(uintptr(fds[1]), "there")
	here, err := socketOf(fds[0])
	if err != nil {
		there.Close()
		return nil, nil, err
	}
	return here, there, nil
}

// socketOf takes over a descriptor.
func socketOf(fd int) (*socket, error) {
	c, err := connOf(fd)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("descriptor %d is no unix socket", fd)
	}
	return &socket{c: u}, nil
}

// connOf takes over a descriptor.
func connOf(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "connection")
	defer f.Close()
	return net.FileConn(f)
}

// send sends a datagram, with a descriptor unless fd is negative. It waits for room for that long.
func (s *socket) send(w *writer, fd int, wait time.Duration) error {
	var rights []byte
	if fd >= 0 {
		rights = syscall.UnixRights(fd)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c.SetWriteDeadline(time.Now().Add(wait))
	_, _, err := s.c.WriteMsgUnix(w.b, rights, nil)
	return err
}

// receive waits for a datagram, in buf. fd is negative if none came with it.
func (s *socket) receive(buf []byte) (b []byte, fd int, err error) {
	rights := make([]byte, syscall.CmsgSpace(4))
	n, m, _, _, err := s.c.ReadMsgUnix(buf, rights)
	if err != nil || n == 0 {
		return nil, -1, fmt.Errorf("the other process has gone: %w", err)
	}
	return buf[:n], descriptor(rights[:m]), nil
}

func descriptor(rights []byte) int {
	if len(rights) == 0 {
		return -1
	}
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil || len(messages) == 0 {
		return -1
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return -1
	}
	for _, more := range fds[1:] {
		syscall.Close(more)
	}
	return fds[0]
}

func (s *socket) close() { s.c.Close() }

// duplicate is another descriptor of a connection, for this process only.
func duplicate(nc syscall.Conn) (int, error) {
	raw, err := nc.SyscallConn()
	if err != nil {
		return -1, err
	}
	var fd uintptr
	var errno syscall.Errno
	if err := raw.Control(func(of uintptr) {
		fd, _, errno = syscall.Syscall(syscall.SYS_FCNTL, of, syscall.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return -1, err
	}
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
