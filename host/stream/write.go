package stream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"wshd/plugins/wsh"
)

// maxWrite is the most that one write is given, since a write over TLS does not tell whether it made progress.
const maxWrite = 64 << 10

// put writes all of p to TCP.
func (c *Conn) put(p []byte) error {
	if c.out.err != nil {
		return c.out.err
	}
	p = c.putNow(p)
	for len(p) > 0 {
		if c.out.err != nil {
			return c.out.err
		}
		c.setWriteDeadline()
		n, err := c.nc.Write(p[:min(len(p), maxWrite)])
		p = p[n:]
		if err != nil && !c.mayGoOn(int64(n), err) {
			return c.out.err
		}
	}
	return nil
}

// putNow writes what the socket takes without waiting, which needs no deadline, and returns the rest. An error
// is left to the next write that waits.
func (c *Conn) putNow(p []byte) []byte {
	o := &c.out
	if c.raw == nil || len(p) == 0 || len(p) > maxWrite {
		return p
	}
	o.rest = p
	_ = c.raw.Write(o.try)
	p, o.rest = o.rest, nil
	return p
}

// flushWith writes the unsent frames and p in one system call, if the socket takes them all.
func (c *Conn) flushWith(p []byte) error {
	o := &c.out
	unsent := o.unsent
	o.unsent = nil
	defer releaseFrames(unsent)
	rest := net.Buffers{*unsent, p}
	for len(rest) > 0 {
		if o.err != nil {
			return o.err
		}
		c.setWriteDeadline()
		if n, err := rest.WriteTo(c.nc); err != nil && !c.mayGoOn(n, err) {
			return o.err
		}
	}
	return nil
}

// mayGoOn reports whether a write that failed is to go on: at its deadline, if it has made progress. Any other
// error ends the connection.
func (c *Conn) mayGoOn(n int64, err error) bool {
	o := &c.out
	if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) && o.until.IsZero() {
		return true // refresh has passed too, so the next write sets a deadline
	}
	o.err = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
	if errors.Is(err, os.ErrDeadlineExceeded) && o.until.IsZero() {
		o.err = fmt.Errorf("%w: the client takes nothing more: %w", wsh.ErrClosed, err)
		c.hit(LimitWriteTimeout)
	}
	c.phase.reach(disconnected) // no Close frame can follow
	c.lost(o.err)
	return false
}

// setWriteDeadline sets the deadline of the writes that follow. Setting one costs more than reading the clock,
// so it is set a little late, and seldom.
func (c *Conn) setWriteDeadline() {
	o := &c.out
	if !o.until.IsZero() {
		c.nc.SetWriteDeadline(o.until)
		return
	}
	t := c.conf.WriteTimeout
	if t < 0 {
		return
	}
	if now := time.Now(); now.After(o.refresh) {
		c.nc.SetWriteDeadline(now.Add(t + t/4))
		o.refresh = now.Add(t / 4)
	}
}
