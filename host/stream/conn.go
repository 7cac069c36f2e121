package stream

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"wshd/plugins/wsh"
)

// Conn is one connection, from before its opening handshake is answered. It implements wsh.Stream.
// Set its functions before Open.
type Conn struct {
	// Passive says how to answer the client's Close frame. It is called within Receive, or by End
	// if TransferData has returned before. nil: 1000 and "".
	Passive func(code wsh.StatusCode, reason string) (wsh.StatusCode, string, error)

	// Answered is told what the client answered to a Close that waited. nil: nobody wants to know.
	Answered func(code wsh.StatusCode, reason string)

	// Gone is called once, when the client is gone: TCP has ended, its Close frame has been seen,
	// or it broke the protocol.
	Gone func()

	nc   net.Conn
	raw  syscall.RawConn // nil: nc is not a plain socket
	conf Config

	in    inbound // whoever reads owns it: see turn
	out   outbound
	pong  pong
	watch watch
	life  life
	pace  *pace         // nil: no rate is bounded
	ext   deflateParams // agreed by Negotiate

	opened event // by Open
	down   event // nothing more is sent or received, but for the closing itself
	heard  event // the client's Close frame has been read
	turn   turn  // somebody reads

	serverClosed, clientClosed atomic.Bool
	plain                      atomic.Bool // DisableCompression was called
	more                       atomic.Bool // the client's next frame is here, and Receive has returned
	hooked                     atomic.Bool // a hook is running within Receive
	done                       atomic.Bool // the handler has been told that the client closed
	cut                        atomic.Bool // TCP has been ended by the client
	onPing, onPong             atomic.Pointer[func([]byte)]

	mu      sync.Mutex // guards what follows
	over    bool       // no goroutine may start any more
	cause   error      // why down was closed
	helpers sync.WaitGroup

	downOnce, goneOnce sync.Once
	ending             atomic.Bool // End, Abort or Fail is at work
	closed             event       // it has ended

	stats counters
}

var errNotOpen = fmt.Errorf("%w: the opening handshake is not done", wsh.ErrBadOperation)

var _ wsh.Stream = (*Conn)(nil)

// New takes over nc, of which buffered has been read already.
func New(nc net.Conn, buffered []byte, c Config) *Conn {
	s := &Conn{
		nc:   nc,
		conf: c.filled(),
	}
	s.in.pre = slices.Clone(buffered)
	if c.MessagesPerSecond > 0 || c.BytesPerSecond > 0 {
		s.pace = new(pace)
	}
	s.openSocket()
	return s
}

// Open writes answer, the 101: frames from now on. A Fail that comes meanwhile is told to the client
// after it.
func (c *Conn) Open(answer []byte) error {
	if err := c.lock(); err != nil {
		return err
	}
	c.opened.happen()
	err := c.write(answer)
	c.unlock()
	if err != nil {
		return err
	}
	c.startWatch()
	c.keep()
	return nil
}

// Opened reports whether Open has been called.
func (c *Conn) Opened() bool { return c.opened.is() }

// fail makes every send and receive, also those that wait, return err, which wraps wsh.ErrClosed.
// TCP is left as it is, so that a Close frame can still go out.
func (c *Conn) fail(err error) {
	c.downOnce.Do(func() {
		if !errors.Is(err, wsh.ErrClosed) {
			err = fmt.Errorf("%w: %w", wsh.ErrClosed, err)
		}
		c.mu.Lock()
		c.cause = err
		c.mu.Unlock()
		c.down.happen()
		// Readers look at down after setting their deadlines, so this one is not overwritten
		// unseen.
		c.nc.SetReadDeadline(past)
	})
}

// broken is why nothing more is sent or received; nil while all is well.
func (c *Conn) broken() error {
	if !c.down.is() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// lost is fail for when TCP has ended or the client broke the protocol.
func (c *Conn) lost(err error) {
	c.fail(err)
	c.gone()
}

func (c *Conn) gone() {
	c.goneOnce.Do(func() {
		if c.Gone != nil {
			c.Gone()
		}
	})
}

// help runs f on a goroutine that the end of the connection waits for. It reports false, and does
// not, once that end has come.
func (c *Conn) help(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.helpers.Go(f)
	return true
}

// ClientClosed reports whether the client's Close frame has been read.
func (c *Conn) ClientClosed() bool { return c.clientClosed.Load() }

// ServerClosed reports whether a Close frame has been sent.
func (c *Conn) ServerClosed() bool { return c.serverClosed.Load() }

// DisableCompression keeps Negotiate from agreeing to it, or sends what follows uncompressed.
func (c *Conn) DisableCompression() { c.plain.Store(true) }

// OnPing has f called for pings, instead of a pong; nil brings the pongs back.
func (c *Conn) OnPing(f func(body []byte)) { setHook(&c.onPing, f) }

// OnPong has f called for pongs.
func (c *Conn) OnPong(f func(body []byte)) { setHook(&c.onPong, f) }

func setHook(p *atomic.Pointer[func([]byte)], f func([]byte)) {
	if f == nil {
		p.Store(nil)
		return
	}
	p.Store(&f)
}

// Stats is what passed over a connection, for the log.
type Stats struct {
	MessagesIn, MessagesOut int64
	BytesIn, BytesOut       int64 // payload, inflated

	// CloseCode is the code of the first Close frame, whoever sent it: 1005 if it had none, 1006
	// if there was no such frame.
	CloseCode wsh.StatusCode
}

// Why says why the connection ended by itself, for the log; "" if it did not: one side closed it, or End
// or Abort was called.
func (c *Conn) Why() string {
	err := c.broken()
	if err == nil || errors.Is(err, errEnded) || errors.Is(err, errAborted) {
		return ""
	}
	return strings.TrimPrefix(err.Error(), wsh.ErrClosed.Error()+": ")
}

type counters struct {
	messagesIn, messagesOut, bytesIn, bytesOut atomic.Int64
	closeCode                                  atomic.Int32
}

// Stats may be called at any time.
func (c *Conn) Stats() Stats {
	s := Stats{
		MessagesIn: c.stats.messagesIn.Load(), MessagesOut: c.stats.messagesOut.Load(),
		BytesIn: c.stats.bytesIn.Load(), BytesOut: c.stats.bytesOut.Load(),
		CloseCode: wsh.StatusCode(c.stats.closeCode.Load()),
	}
	if s.CloseCode == 0 {
		s.CloseCode = wsh.StatusAbnormalClosure
	}
	return s
}

// closedWith notes the code of a Close frame, sent or received, if it is the first.
func (c *Conn) closedWith(code wsh.StatusCode) {
	if code == 0 {
		code = wsh.StatusNoStatusReceived
	}
	c.stats.closeCode.CompareAndSwap(0, int32(code))
}

// past is a deadline that makes whoever waits on the network return at once.
var past = time.Unix(1, 0)
