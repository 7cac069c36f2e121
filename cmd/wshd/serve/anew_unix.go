//go:build unix

package serve

import (
	"os"
	"syscall"
)

// execAnew returns only if it cannot.
func execAnew(environ []string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return &os.PathError{Op: "exec", Path: program, Err: syscall.Exec(program, os.Args, environ)}
}
