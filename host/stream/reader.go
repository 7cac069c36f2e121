package stream

import (
	"time"

	"github.com/coder/websocket"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// inbound is the read side, down to the byte. It belongs to whoever holds Conn.reading.
type inbound struct {
	buf   *[bufSize]byte // nil: nothing is buffered
	r, w  int            // buf[r:w] has been read from TCP and not been used
	early []byte         // read before New: it comes before what is read from TCP
	err   error          // TCP's end
	first firstRead

	frame     protocol.Header          // the data frame under way
	at        int64                    // its payload bytes that have been consumed
	header    []byte                   // the part of its header that coder has not read yet
	headerBuf [protocol.MaxHeader]byte // the memory for that

	begun      bool // a message has begun and its last frame has not
	text       bool // the message under way
	compressed bool
	size       int64 // of its frames so far
	check      utf8Check

	code   wsh.StatusCode // the client's Close frame, once closeReceived
	reason string

	passive error // Passive's error

	coder    *websocket.Conn // made for the first message that is not buffered whole
	partial  *partial        // the message that a timed Receive left half read
	window   []byte          // the end of what was inflated, with context takeover
	borrowed *[]byte         // Data of a message received with reuse

	mode  mode
	timed bool // a read deadline is set
}

// mode says on whose behalf a read is.
type mode uint8

const (
	receiving  mode = iota // the handler: its hooks may run
	background             // the background reader: a frame for a hook stays
	closing                // End: the hooks are no longer called
)

// beginRead takes Conn.reading, interrupting the background reader. It waits at most until that time, or until
// the connection reaches stop; the same time is the read deadline of the reads that follow. The zero time sets
// no deadline.
func (c *Conn) beginRead(m mode, until time.Time, stop mark) error {
	if !c.reading.tryLock() {
		c.interruptBackground()
		if err := c.await(&c.reading, until, stop); err != nil {
			c.resumeBackground()
			return err
		}
	}
	c.in.mode = m
	c.ahead.Store(false)
	if c.checks.full.Load() { // cheaper than storing it again
		c.checks.full.Store(false)
	}
	if c.checks.interrupted.Swap(false) {
		c.in.timed = true // by whoever interrupted the background reader
	}
	c.setReadDeadline(until)
	return nil
}

// endRead gives Conn.reading back.
func (c *Conn) endRead() {
	c.setReadDeadline(time.Time{})
	k := &c.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.phase.has(shut) {
		c.in.release()
	}
	c.in.releaseBuffer()
	c.reading.unlock()
	k.reads++
	c.expectReader()
}

// setReadDeadline sets the deadline of the reads that follow; the zero time: none.
func (c *Conn) setReadDeadline(t time.Time) {
	if t.IsZero() && !c.in.timed {
		return
	}
	c.in.timed = !t.IsZero()
	c.nc.SetReadDeadline(t)
}

// release gives back, when the connection has ended, the memory that reading took.
func (in *inbound) release() {
	in.dropPartial()
	if in.coder != nil {
		in.coder.CloseNow() // coder's finalizer is on a cycle, so it would keep all of this in memory
		in.coder = nil
	}
	in.r, in.w = 0, 0
	in.releaseBuffer()
	in.window = nil
}
