//go:build !unix

package session

func asChild() bool { return false }
