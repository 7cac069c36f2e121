package stream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"wshd/plugins/wsh"
)

// stride is how much one write takes: within TLS one cannot see whether it made progress.
const stride = 64 << 10

// put writes all of p to TCP.
func (c *Conn) put(p []byte) error {
	if c.out.torn != nil {
		return c.out.torn
	}
	p = c.putNow(p)
	for len(p) > 0 {
		if c.out.torn != nil {
			return c.out.torn
		}
		c.keepAlive()
		n, err := c.nc.Write(p[:min(len(p), stride)])
		p = p[n:]
		if err != nil && !c.goesOn(int64(n), err) {
			return c.out.torn
		}
	}
	return nil
}

// putNow writes what TCP takes without waiting, which needs no deadline, and returns the rest. An error is
// left for the write that waits to meet.
func (c *Conn) putNow(p []byte) []byte {
	o := &c.out
	if c.raw == nil || len(p) == 0 || len(p) > stride {
		return p
	}
	o.bite = p
	_ = c.raw.Write(o.try)
	p, o.bite = o.bite, nil
	return p
}

// flushWith writes what is held and p in one system call, if TCP takes it all.
func (c *Conn) flushWith(p []byte) error {
	o := &c.out
	held := o.held
	o.held = nil
	defer o.spare(held)
	rest := net.Buffers{*held, p}
	for len(rest) > 0 {
		if o.torn != nil {
			return o.torn
		}
		c.keepAlive()
		if n, err := rest.WriteTo(c.nc); err != nil && !c.goesOn(n, err) {
			return o.torn
		}
	}
	return nil
}

// goesOn: a write that its deadline struck may have made progress, and then it has time again. Any
// other error ends the connection.
func (c *Conn) goesOn(n int64, err error) bool {
	o := &c.out
	if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) && o.until.IsZero() {
		return true // keepAlive's time is up as well
	}
	o.torn = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
	if errors.Is(err, os.ErrDeadlineExceeded) && o.until.IsZero() {
		o.torn = fmt.Errorf("%w: the client takes nothing more: %w", wsh.ErrClosed, err)
		c.hit(LimitWriteTimeout)
	}
	c.cut.Store(true) // no Close frame can follow
	c.lost(o.torn)
	return false
}

// keepAlive gives the writes that follow the time that is theirs. Setting a deadline costs more than
// looking at the clock, so it is set generously and seldom.
func (c *Conn) keepAlive() {
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
