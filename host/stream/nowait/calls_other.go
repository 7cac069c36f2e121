//go:build !unix

package nowait

import "errors"

// Read is for systems whose sockets are handles.
func Read(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

// Write is for systems whose sockets are handles.
func Write(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
