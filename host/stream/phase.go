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

// mark is a point in a connection's life. A mark is reached once and for good, so whoever has seen it may
// rely on it. They stand in the order of a whole life; not every connection reaches each.
type mark uint8

const (
	opened        mark = iota // the 101 goes out; frames from now on
	closeSent                 // our Close frame goes out; no message can follow it
	closeReceived             // the client's Close frame has been read; no message can follow it
	closeTold                 // the handler has been told of it
	disconnected              // the client can no longer be reached: TCP has ended, or a write failed
	clientGone                // Conn.Gone has been called
	down                      // sending and receiving return phase.cause; a Close frame may still go out
	ending                    // End, Abort or Fail is at work: the first that comes
	shut                      // TCP has been closed; no goroutine starts any more
	ended                     // nothing of the connection is at work

	never // is not reached
)

// phase is the marks that a connection has reached.
type phase struct {
	reached atomic.Uint32 // a bit for each mark

	mu      sync.Mutex // guards what follows, and every change
	cause   error      // of down
	waiting map[mark]chan struct{}
	helpers sync.WaitGroup // goroutines that the end waits for; none starts once shut is reached
}

func (p *phase) has(m mark) bool { return p.reached.Load()&(1<<m) != 0 }

// reach reports whether m had not been reached before.
func (p *phase) reach(m mark) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set(m)
}

// set is reach for who holds mu.
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

// done is closed when m is reached. Connections for which nobody waits have no channels.
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

// sendingClose notes that our Close frame goes out next. A client that cannot be reached will not read it:
// RFC 6455, section 7.1.5, calls that 1006.
func (c *Conn) sendingClose(code wsh.StatusCode) {
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

// fail makes every send and receive, also those that wait, return err, which wraps wsh.ErrClosed. The first
// err counts. TCP is left as it is, so that a Close frame can still go out.
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
		// Readers look for down after they have set their deadlines, so that they miss neither.
		c.nc.SetReadDeadline(past)
	}
}

// broken is why nothing more is sent or received; nil while all is well.
func (c *Conn) broken() error {
	p := &c.phase
	if !p.has(down) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// lost is fail for when TCP has ended or the client broke the protocol.
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

// help runs f on a goroutine that the end of the connection waits for. It reports false, and does
// not, once that end has come.
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

// Why says why the connection ended by itself, for the log; "" if it did not: one side closed it, or End
// or Abort was called.
func (c *Conn) Why() string {
	err := c.broken()
	if err == nil || errors.Is(err, errEnded) || errors.Is(err, errAborted) {
		return ""
	}
	return strings.TrimPrefix(plainText(err), wsh.ErrClosed.Error()+": ")
}

// plainText is an error's text without what Go's net package says of the operation and of its addresses.
func plainText(err error) string {
	text := err.Error()
	var op *net.OpError
	if !errors.As(err, &op) {
		return text
	}
	if errors.Is(op, os.ErrDeadlineExceeded) { // of what, has been said
		return strings.TrimSuffix(text, ": "+op.Error())
	}
	cause := op.Err
	if sys := new(os.SyscallError); errors.As(cause, &sys) {
		cause = sys.Err
	}
	return strings.Replace(text, op.Error(), cause.Error(), 1)
}

// past is a deadline that makes whoever waits on the network return at once.
var past = time.Unix(1, 0)
