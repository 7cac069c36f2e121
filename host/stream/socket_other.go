//go:build !unix

package stream

func (c *Conn) openSocket() {}
