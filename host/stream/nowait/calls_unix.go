//go:build unix && (!linux || race)

package nowait

import "syscall"

// The race detector learns from these that what was written happened before it was read.

// Read is read(2).
func Read(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

// Write is write(2).
func Write(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }

// tell tells the race detector of a write that it does not see.
func tell() { _, _ = syscall.Write(-1, nil) }
