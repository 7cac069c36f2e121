package wsh

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Request is one connection, from its opening handshake to its end; the hooks get it. The fields
// describe the handshake. The methods talk: one goroutine may receive while others send or close,
// and a send blocks while the client does not read.
type Request struct {
	Method   string // always GET
	Resource string // the request target as it came, query included: pywebsocket's ws_resource
	Proto    string // HTTP/1.1
	Host     string
	Origin   string // the Origin header; "" if there is none, "null" for a page opened from disk
	URL      *url.URL
	Header   http.Header

	// RemoteAddr is the client's address, as trusted proxies tell it: "192.0.2.1:4711". The port is 0
	// if they do not tell it. It is "unix" for who comes by a unix socket, and "unknown" for whom a
	// proxy does not name.
	RemoteAddr string

	Version int // Sec-WebSocket-Version: 13

	RequestedProtocols []string // Sec-WebSocket-Protocol, in the client's order

	// Protocol is the subprotocol to answer; assign it in DoExtraHandshake. A client that asked
	// for some is refused with 400 if none is chosen, as in pywebsocket, and so is choosing one
	// for a client that asked for none. Set RequestedProtocols to nil to owe none.
	Protocol string

	// ExtraHeaders go out with the 101, in the order of their names; repeats of one name keep theirs. Left
	// out are names that are no tokens, and those that the answer has of its own: Upgrade, Connection,
	// Sec-WebSocket-Accept, -Protocol and -Extensions, Content-Length, Transfer-Encoding. Line ends and zero
	// bytes in a value become spaces. The headers of a HandshakeError go out alike.
	ExtraHeaders http.Header

	RequestedExtensions []Extension // Sec-WebSocket-Extensions, in the client's order
	Extensions          []Extension // as answered; set when TransferData runs

	CloseCode   StatusCode // what the client closed with; 1005 if it gave no code, 0 before
	CloseReason string

	User *User  // nil unless the host identified one
	Name string // shown to others by Room.Members; set it before Join
	Data any    // the handler's own, such as state from DoExtraHandshake for TransferData

	id    string
	https bool
	ctx   context.Context
	log   *slog.Logger
	s     Stream
	rooms Rooms

	values map[string]string // of the path's wildcards

	render *Renderer
	renew  func(token string) (*User, error)

	mu       sync.Mutex
	joined   map[string]*Room
	over     bool          // nothing may be joined any more
	finished bool          // Attach's end has been called
	ended    chan struct{} // closed then; nil: nobody wants to know
	receiver *MessageReceiver
	helpers  sync.WaitGroup // receivers' and senders' goroutines

	queued   atomic.Int64 // bytes of SendNowait that have not been sent
	mayQueue int64
}

// Link is what a host knows of a connection and a handler does not see. Zero fields work: nothing
// is logged, rooms are absent, the context never ends.
type Link struct {
	ID      string // unique among all connections
	HTTPS   bool
	Context context.Context    // done when the client is gone or the host goes down
	Cancel  context.CancelFunc // ends Context; nil: Attach makes a Context of its own below it
	Log     *slog.Logger
	Stream  Stream
	Rooms   Rooms
	Renew   func(token string) (*User, error) // nil: the connection does not end with a token
	Render  *Renderer                         // of the handler's version; nil: publications are sent as they are

	WriteBuffer int // bytes that may wait in MessageSenders; 0: 1 MiB
}

// Attach gives r its connection. For hosts and tests: handler scripts get an attached Request. Before
// the stream is closed call leave, which leaves the rooms and waits until that time for what was
// published there to be sent. When it is closed call end, once, which ends what the handler left
// behind: it waits for receivers and senders.
func Attach(r *Request, l Link) (leave func(until time.Time), end func()) {
	if l.Context == nil {
		l.Context = context.Background()
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.ExtraHeaders == nil {
		r.ExtraHeaders = http.Header{}
	}
	if r.URL == nil {
		r.URL = &url.URL{Path: r.Resource}
	}
	ctx, cancel := l.Context, l.Cancel
	if cancel == nil {
		ctx, cancel = context.WithCancel(ctx)
	}
	if l.WriteBuffer <= 0 {
		l.WriteBuffer = defaultQueued
	}
	r.id, r.https, r.ctx, r.log, r.s, r.mayQueue = l.ID, l.HTTPS, ctx, l.Log, l.Stream, int64(l.WriteBuffer)
	r.rooms, r.render, r.renew = l.Rooms, l.Render, l.Renew
	unregister := func() {}
	if r.rooms != nil && r.id != "" {
		c := Connection{ID: r.id, Stream: r.s}
		if r.User != nil {
			c.User = r.User.Name
		}
		unregister = r.rooms.Register(c)
	}
	return r.leaveAll, func() {
		unregister()
		cancel()
		r.mu.Lock()
		r.finished = true
		if r.ended != nil {
			close(r.ended)
		}
		r.mu.Unlock()
		r.leaveAll(time.Time{})
		r.helpers.Wait()
	}
}

// ReceiveMessage returns the next message. Once the client has closed it returns io.EOF: return
// that from TransferData for a clean end. Any other error means that the connection has ended
// otherwise: ErrClosed, or ErrBadOperation after the handler has closed it itself.
func (r *Request) ReceiveMessage() (Message, error) { return r.s.Receive(-1, false) }

// ReceiveTimeout is ReceiveMessage that waits no longer than d and then returns ErrTimeout. The
// connection stays usable, and a message half received is not lost.
func (r *Request) ReceiveTimeout(d time.Duration) (Message, error) {
	return r.s.Receive(max(d, 0), false)
}

// Each calls f with every message until the client closes, which is no error, or f returns one.
// It is pywebsocket's loop over messages, at the price of none of their memory: a message's Data is
// valid only during the call.
func (r *Request) Each(f func(Message) error) error {
	for {
		m, err := r.s.Receive(-1, true)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(m); err != nil {
			return err
		}
	}
}

// SendMessage sends m whole. Text must be valid UTF-8, or ErrBadOperation is returned; so it is, at once, within
// a message begun by SendFragment, which only SendFragment(m, true) ends.
func (r *Request) SendMessage(m Message) error { return r.s.Send(m, false) }

// SendText sends a text message, as SendMessage does.
func (r *Request) SendText(s string) error { return r.s.Send(Text(s), false) }

// SendBinary sends a binary message, as SendMessage does.
func (r *Request) SendBinary(p []byte) error { return r.s.Send(Binary(p), false) }

// SendFragment sends m as one fragment of a message, and ends the message if end is set. It is
// pywebsocket's send_message with its end argument. Until the end nothing but fragments, pings and the Close
// frame can be sent: what a MessageSender has and what rooms publish waits.
func (r *Request) SendFragment(m Message, end bool) error { return r.s.SendFragment(m, end) }

// SendPing sends a ping of at most 125 bytes.
func (r *Request) SendPing(body []byte) error { return r.s.SendPing(body) }

// OnPing has f called for every ping from the client, instead of answering it with a pong. f runs
// while a message is being received. nil brings the pongs back.
func (r *Request) OnPing(f func(body []byte)) { r.s.OnPing(f) }

// OnPong has f called for every pong from the client, while a message is being received.
func (r *Request) OnPong(f func(body []byte)) { r.s.OnPong(f) }

// CloseConnection closes with code and reason and waits for the client's answer, discarding the
// messages before it. A code that may not be sent, or a reason over 123 bytes, becomes 1011 with no
// reason, and the error says why. Code 0 sends an empty Close frame.
func (r *Request) CloseConnection(code StatusCode, reason string) error {
	return r.s.Close(code, reason, true)
}

// CloseNoWait is CloseConnection that does not wait: pywebsocket's wait_response=False.
func (r *Request) CloseNoWait(code StatusCode, reason string) error {
	return r.s.Close(code, reason, false)
}

// ClientClosed reports whether the client's Close frame has been received.
func (r *Request) ClientClosed() bool { return r.s.ClientClosed() }

// ServerClosed reports whether a Close frame has been sent.
func (r *Request) ServerClosed() bool { return r.s.ServerClosed() }

// DisableCompression, called in DoExtraHandshake, keeps permessage-deflate from being negotiated;
// called later, it sends what follows uncompressed.
func (r *Request) DisableCompression() { r.s.DisableCompression() }

// WriteRaw writes p to the connection as it is: before the 101 in DoExtraHandshake, or between two
// frames after it. For people who test clients: pywebsocket's connection.write.
func (r *Request) WriteRaw(p []byte) error { return r.s.WriteRaw(p) }

// ReadRaw reads exactly n bytes of the connection, where the next frame would begin. At the end of
// the connection it returns what there was and io.ErrUnexpectedEOF, or io.EOF if that is nothing.
func (r *Request) ReadRaw(n int) ([]byte, error) { return r.s.ReadRaw(n) }

// PathValue is what a wildcard of the handler's pattern stands for in the path: with //wsh:path /rooms/{room},
// PathValue("room") is lobby at /rooms/lobby. "" if there is no such wildcard. In ServeHTTP it is
// http.Request.PathValue.
func (r *Request) PathValue(name string) string { return r.values[name] }

// SetPathValue is for hosts, and for tests of handlers.
func (r *Request) SetPathValue(name, value string) {
	if r.values == nil {
		r.values = map[string]string{}
	}
	r.values[name] = value
}

// PathValues are all of them, by the names of the wildcards.
func (r *Request) PathValues() map[string]string { return maps.Clone(r.values) }

// ID names the connection, uniquely among all of all hosts: what the ID of a Member is.
func (r *Request) ID() string { return r.id }

// IsHTTPS reports whether the client came by TLS, to this host or to a trusted proxy before it.
func (r *Request) IsHTTPS() bool { return r.https }

// Context is done when the client is gone, which is noticed in DoExtraHandshake too, the host goes down, or
// TransferData has returned.
func (r *Request) Context() context.Context { return r.ctx }

// Log writes to the host's log, with the connection's path and address.
func (r *Request) Log() *slog.Logger { return r.log }
