//go:build unix

package listen

import (
	"os"
	"syscall"
)

// inherit makes a file of a descriptor that was passed, and keeps it from being passed on.
func inherit(fd int) *os.File {
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "systemd's")
}

// accepts reports whether f is a socket that listens.
func accepts(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	listens := 0
	err2 := raw.Control(func(fd uintptr) {
		listens, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	})
	return err == nil && err2 == nil && listens != 0
}
