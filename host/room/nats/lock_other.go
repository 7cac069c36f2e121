//go:build !unix

package nats

import "os"

// lockFolder opens the lock, and leaves it at that.
func lockFolder(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}
