//go:build !unix

package serve

import "errors"

func execAnew([]string) error { return errors.ErrUnsupported }
