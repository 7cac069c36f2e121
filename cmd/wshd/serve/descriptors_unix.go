//go:build unix

package serve

import "syscall"

// descriptors is how many files and connections this process may have open at once.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return unbounded
	}
	return int(min(uint64(limit.Cur), unbounded)) // of FreeBSD's int64 too
}
