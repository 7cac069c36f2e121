package stream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

// mark is a point in a connection's life. A mark that has been reached stays reached. They stand in the usual
// order; not every connection reaches each.
type mark uint8

const (
	opened        mark = iota // the 101 goes out; frames from now on
	closeSent                 // our Close frame goes out; no message can follow it
	closeReceived             // the client's Close frame has been read; no message can follow it
	closeTold                 // the closing hook has been called for it
	disconnected              // the client can no longer be reached: TCP has ended, or a write failed
	clientGone                // Conn.Gone has been called
	down                      // sending and receiving return phase.cause; a Close frame may still go out
	ending                    // End, Abort or Fail has begun: the first of them
	shut                      // TCP has been closed; no goroutine starts any more
	ended                     // no goroutine of the connection is left

	never // is not reached
)

// phase is the marks that a connection has reached.
type phase struct {
	reached atomic.Uint32 // a bit for each mark

	mu      sync.Mutex // guards what follows, and every change
	cause   error      // of down
	wrong   error      // why the Close frame that was sent is another than was wanted; nil: it is not
	waiting map[mark]chan struct{}
	helpers sync.WaitGroup // goroutines that the end waits for; none starts once shut is reached
}

func (p *phase) has(m mark) bool { return p.reached.Load()&(1<<m) != 0 }

// reach marks m as reached, and reports whether it had not been before.
func (p *phase) reach(m mark) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set(m)
}

// set is reach; mu is held.
func (p *phase) set(m mark) (first bool) {
	if p.has(m) {
		return false
	}
	p.reached.Or(1 << m)
	if w := p.waiting[m]; w != nil {
		close(w)
	}
	return true
}

// done is closed when m is reached. Channels are made only when somebody waits.
func (p *phase) done(m mark) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.waiting[m]
	if w == nil {
		w = make(chan struct{})
		if p.has(m) {
			close(w)
		}
		if p.waiting == nil {
			p.waiting = map[mark]chan struct{}{}
		}
		p.waiting[m] = w
	}
	return w
}

var (
	errNotOpen      = fmt.Errorf("%w: the opening handshake is not done", wsh.ErrBadOperation)
	errServerClosed = fmt.Errorf("%w: the connection has been closed by this side", wsh.ErrBadOperation)
)

// Opened reports whether Open has been called.
func (c *Conn) Opened() bool { return c.phase.has(opened) }

// ServerClosed reports whether a Close frame has been sent.
func (c *Conn) ServerClosed() bool { return c.phase.has(closeSent) }

// ClientClosed reports whether the client's Close frame has been read.
func (c *Conn) ClientClosed() bool { return c.phase.has(closeReceived) }

// sendingClose notes that our Close frame is about to be written. If the client can no longer be reached that
// does not count: RFC 6455, section 7.1.5, calls it 1006. wrong is why it is not the one that the handler wanted,
// or nil.
func (c *Conn) sendingClose(code wsh.StatusCode, wrong error) {
	c.phase.mu.Lock()
	c.phase.wrong = wrong
	c.phase.mu.Unlock()
	if c.phase.has(disconnected) {
		code = wsh.StatusAbnormalClosure
	}
	c.noteCode(code)
	c.phase.reach(closeSent)
}

// receivedClose notes the client's Close frame. in.code and in.reason do not change after it.
func (c *Conn) receivedClose(code wsh.StatusCode, reason string) {
	c.in.code, c.in.reason = code, reason
	c.noteCode(code)
	c.phase.reach(closeReceived)
}

// fail makes every send and receive, also those under way, return err, which wraps wsh.ErrClosed. The first err
// counts. TCP stays open, so that a Close frame can still be sent.
func (c *Conn) fail(err error) {
	if !errors.Is(err, wsh.ErrClosed) {
		err = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
	}
	p := &c.phase
	p.mu.Lock()
	first := !p.has(down)
	if first {
		p.cause = err
		p.set(down)
	}
	p.mu.Unlock()
	if first {
		// Readers check for down after they have set their deadline, so that one of the two ends them.
		c.nc.SetReadDeadline(past)
	}
}

// broken is the error of sends and receives once the connection is down; nil before.
func (c *Conn) broken() error {
	p := &c.phase
	if !p.has(down) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// lost is fail when TCP has ended or the client broke the protocol: it calls Gone too.
func (c *Conn) lost(err error) {
	c.fail(err)
	c.tellGone()
}

// tellGone calls Gone, once.
func (c *Conn) tellGone() {
	if c.phase.reach(clientGone) && c.Gone != nil {
		c.Gone()
	}
}

// help runs f on a goroutine that End waits for. Once shut is reached it returns false and does not run f.
func (c *Conn) help(f func()) bool {
	p := &c.phase
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has(shut) {
		return false
	}
	p.helpers.Go(f)
	return true
}

// Why is the cause that ended the connection, or why it was closed otherwise than the handler wanted, for the
// log; "" if one side closed it, or End or Abort was called.
func (c *Conn) Why() string {
	c.phase.mu.Lock()
	wrong := c.phase.wrong
	c.phase.mu.Unlock()
	if wrong != nil { // whoever wanted it may have dropped the error
		return wrong.Error()
	}
	err := c.broken()
	if err == nil || errors.Is(err, errEnded) || errors.Is(err, errAborted) {
		return ""
	}
	return strings.TrimPrefix(plainText(err), wsh.ErrClosed.Error()+": ")
}

// plainText is an error's text without the operation and addresses that package net adds.
func plainText(err error) string {
	text := err.Error()
	var op *net.OpError
	if !errors.As(err, &op) {
		return text
	}
	if errors.Is(op, os.ErrDeadlineExceeded) { // the caller says which deadline
		return strings.TrimSuffix(text, ": "+op.Error())
	}
	cause := op.Err
	if sys := new(os.SyscallError); errors.As(cause, &sys) {
		cause = sys.Err
	}
	return strings.Replace(text, op.Error(), cause.Error(), 1)
}

// past is a deadline that makes reads and writes under way return at once.
var past = time.Unix(1, 0)
