package stream

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Receive returns the next message; see wsh.Stream. A timeout of less than a millisecond counts as
// one.
func (c *Conn) Receive(timeout time.Duration, reuse bool) (wsh.Message, error) {
	if !c.Opened() {
		return wsh.Message{}, errNotOpen
	}
	if err := c.finished(); err != nil {
		return wsh.Message{}, err
	}
	var until time.Time
	if timeout >= 0 {
		until = time.Now().Add(max(timeout, time.Millisecond))
	}
	if c.pace != nil {
		if err := c.awaitPace(until); err != nil {
			return wsh.Message{}, err
		}
	}
	if err := c.enter(until); err != nil {
		return wsh.Message{}, err
	}
	defer c.leave()
	c.deadline(until)
	m, err := c.receive(timeout >= 0, reuse)
	if errors.Is(err, errUnwanted) || err == nil && c.serverClosed.Load() {
		err = c.discard() // the client's Close frame follows
	}
	if err == nil && c.pace != nil {
		err = c.paced(len(m.Data))
	}
	if err != nil {
		return wsh.Message{}, c.ended(err)
	}
	c.more.Store(c.follows())
	c.stats.messagesIn.Add(1)
	c.stats.bytesIn.Add(int64(len(m.Data)))
	return m, nil
}

// finished is what Receive returns without reading.
func (c *Conn) finished() error {
	switch {
	case c.hooked.Load():
		return fmt.Errorf("%w: a hook cannot receive", wsh.ErrBadOperation)
	case c.done.Load():
		return io.EOF
	}
	if err := c.broken(); err != nil {
		return err
	}
	if c.serverClosed.Load() {
		return errServerClosed
	}
	return nil
}

var errServerClosed = fmt.Errorf("%w: the connection has been closed by this side", wsh.ErrBadOperation)

// receive reads one message.
func (c *Conn) receive(timed, reuse bool) (wsh.Message, error) {
	in := &c.in
	if in.lent != nil {
		spare.Put(in.lent)
		in.lent = nil
	}
	if in.half != nil {
		return in.half.resume(c)
	}
	if len(in.hand) == 0 {
		if err := c.nextFrame(); err != nil {
			return wsh.Message{}, err
		}
	}
	if in.isWhole() {
		return c.whole(reuse)
	}
	if timed && (in.begun || in.left() > int64(in.buffered())) {
		in.half = c.newHalf()
		return in.half.resume(c)
	}
	if !reuse {
		return c.message(nil)
	}
	m, err := c.message(in.lend())
	in.keep(m.Data)
	return m, err
}

// isWhole reports whether the message that begin took up is buffered, in one frame, as it is.
func (in *inbound) isWhole() bool {
	return !in.begun && !in.compressed && in.size == in.frame.Size && in.size <= int64(in.buffered())
}

// whole takes such a message. coder/websocket is for those that one has to wait for.
func (c *Conn) whole(reuse bool) (wsh.Message, error) {
	in := &c.in
	n := int(in.size)
	var b []byte
	if reuse {
		b = in.lend()
	}
	b = slices.Grow(b, n)[:n]
	protocol.Unmask(b, in.bytes()[:n], protocol.Turned(in.frame.Key, 0))
	in.hand, in.at = nil, in.size
	in.r += n
	if in.text && !utf8.Valid(b) {
		return wsh.Message{}, notUTF8
	}
	in.keep(b)
	return wsh.Message{Binary: !in.text, Data: b}, nil
}

// lend takes memory for a message that is valid until the next call.
func (in *inbound) lend() []byte {
	in.lent = spare.Get().(*[]byte)
	return (*in.lent)[:0]
}

// keep keeps such memory, if it has been lent, when it has grown to b.
func (in *inbound) keep(b []byte) {
	if in.lent != nil && cap(b) > cap(*in.lent) && cap(b) <= maxSpare {
		*in.lent = b
	}
}

// spare is memory for messages that are valid only until the next call.
var spare = sync.Pool{New: func() any { return new([]byte) }}

// maxSpare is the largest that is kept.
const maxSpare = 1 << 20

// ended makes of what stopped the reading what Receive returns.
func (c *Conn) ended(err error) error {
	var f *protocol.Fault
	switch {
	case errors.Is(err, wsh.ErrTimeout):
		return wsh.ErrTimeout
	case errors.Is(err, errHeard):
		return c.answer()
	case errors.As(err, &f):
		return c.blame(f)
	case errors.Is(err, wsh.ErrClosed):
		c.lost(err)
		return c.broken()
	}
	// A hook panicked within a message, and the handler went on.
	return c.blame(&protocol.Fault{Code: wsh.StatusInternalEndpointError, What: fmt.Sprintf("reading: %v", err)})
}

// answer tells the handler that the client has closed, and the client what the handler says.
func (c *Conn) answer() error {
	in := &c.in
	defer c.gone()
	if in.answered { // meanwhile, by another that receives
		return io.EOF
	}
	in.answered = true
	if c.serverClosed.Load() {
		return errServerClosed
	}
	code, reason, err := c.passive()
	if err != nil {
		return err
	}
	c.sendClose(code, reason, time.Now().Add(c.conf.CloseTimeout)) // it has closed all the same
	return io.EOF
}

func (c *Conn) passive() (wsh.StatusCode, string, error) {
	c.done.Store(true)
	if c.Passive == nil {
		return wsh.StatusNormalClosure, "", nil
	}
	c.hooked.Store(true)
	defer c.hooked.Store(false)
	return c.Passive(c.in.code, c.in.reason)
}

// enter waits until nobody else reads. The zero time waits for as long as it takes.
func (c *Conn) enter(until time.Time) error {
	if err := c.take(until, &c.down); err != nil {
		return err
	}
	c.entered(receiving)
	return nil
}

// entered begins a turn. Whoever calls it sets a deadline next, which lifts the one that sent a
// watcher away.
func (c *Conn) entered(m mode) {
	c.in.mode = m
	c.more.Store(false)
	if c.life.deaf.Load() {
		c.life.deaf.Store(false)
	}
	if c.watch.interrupted.Swap(false) {
		c.in.timed = true
	}
}

// take waits for the turn until then, at most until stop is closed. It sends a watcher away.
func (c *Conn) take(until time.Time, stop *event) error {
	if c.turn.try() {
		return nil
	}
	c.watch.interrupt(c.nc)
	return c.await(&c.turn, until, stop)
}

// await waits for a turn until then, or as long as it takes if that is zero, and at most until stop.
func (c *Conn) await(t *turn, until time.Time, stop *event) error {
	if t.try() {
		return nil
	}
	way := t.queue()
	defer t.leave()
	if t.try() { // it was given back before queue
		return nil
	}
	var late <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		late = timer.C
	}
	var stopped <-chan struct{}
	if stop != nil {
		stopped = stop.done()
	}
	select {
	case <-way:
		return nil
	case <-stopped:
		return c.broken()
	case <-late:
		return wsh.ErrTimeout
	}
}
