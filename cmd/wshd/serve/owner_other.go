//go:build !unix

package serve

import "io/fs"

// ownedBy reports whether a file belongs to a user, which can be known on unix only.
func ownedBy(fs.FileInfo, int) bool { return false }
