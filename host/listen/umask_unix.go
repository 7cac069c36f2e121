//go:build unix

package listen

import "syscall"

// umask sets the modes that new files do not get, and returns those before. It is the process's:
// addresses are opened before there is anything else that makes files.
func umask(mask int) int { return syscall.Umask(mask) }
