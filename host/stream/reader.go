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
	early []byte         // comes before TCP: it was read before New
	err   error          // TCP's end
	first firstRead

	frame     protocol.Header          // the data frame under way
	at        int64                    // payload bytes of it that have been used
	header    []byte                   // what coder has not yet got of its header
	headerBuf [protocol.MaxHeader]byte // the memory for that

	begun      bool // a message has begun and its last frame has not
	text       bool // the message under way
	compressed bool
	size       int64 // of its frames, as far as seen
	check      utf8Check

	code   wsh.StatusCode // the client's Close frame, once closeReceived
	reason string

	passive error // what Passive came to

	coder    *websocket.Conn // made for the first message that has to be waited for
	partial  *partial        // the message that a timed Receive left half read
	window   []byte          // the end of what was inflated, with context takeover
	borrowed *[]byte         // Data of a message received with reuse

	mode  mode
	timed bool // a read deadline is set
}

// mode is who reads.
type mode uint8

const (
	receiving mode = iota // the handler: its hooks may run
	watching              // the watcher: a frame for a hook stays
	closing               // End: the hooks are no longer called
)

// beginRead waits until nobody else reads, at most until then or until the connection reaches stop, and
// sends a watcher away. The reads that follow end at that time too. The zero time is as long as it takes.
func (c *Conn) beginRead(m mode, until time.Time, stop mark) error {
	if !c.reading.tryLock() {
		c.interruptWatcher()
		if err := c.await(&c.reading, until, stop); err != nil {
			c.watchAgain()
			return err
		}
	}
	c.in.mode = m
	c.ahead.Store(false)
	if c.checks.full.Load() { // cheaper than storing it again
		c.checks.full.Store(false)
	}
	if c.checks.interrupted.Swap(false) {
		c.in.timed = true // by whoever sent the watcher away
	}
	c.setReadDeadline(until)
	return nil
}

// endRead lets others read.
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

// setReadDeadline bounds the reads that follow; the zero time does not.
func (c *Conn) setReadDeadline(t time.Time) {
	if t.IsZero() && !c.in.timed {
		return
	}
	c.in.timed = !t.IsZero()
	c.nc.SetReadDeadline(t)
}

// release gives back, at the end, what reading took.
func (in *inbound) release() {
	in.dropPartial()
	if in.coder != nil {
		in.coder.CloseNow() // coder's finalizer is on a cycle, so it would keep all of this
		in.coder = nil
	}
	in.r, in.w = 0, 0
	in.releaseBuffer()
	in.window = nil
}
