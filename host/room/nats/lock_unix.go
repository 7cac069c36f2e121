//go:build unix

package nats

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockFolder takes a lock that ends with the process.
func lockFolder(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // err is what there is to say
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another wshd uses this folder (give each its own, or let them share NATS servers: rooms.nats.servers)")
		}
		return nil, err
	}
	return f, nil
}
