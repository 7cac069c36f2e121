package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// jump is by how many seconds the wall clock is off, in memory that the test shares: nil outside of it.
var jump *atomic.Int64

func init() {
	name, ok := syscall.Getenv("TEST_CLOCK")
	if !ok {
		return
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	page, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	syscall.Close(fd)
	jump = (*atomic.Int64)(unsafe.Pointer(&page[0]))
}

func jumped() int64 {
	if jump == nil {
		return 0
	}
	return jump.Load()
}
