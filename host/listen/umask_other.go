//go:build !unix

package listen

func umask(int) int { return 0 }
