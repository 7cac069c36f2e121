package wsh

import (
	"context"
	"time"
)

// Stream is the connection under a Request. Handler scripts do not use it: host/stream implements
// it on the wire and wshtest in memory.
//
// One goroutine may receive while others send or close. Before the 101 is sent only WriteRaw,
// ReadRaw, OnPing, OnPong and DisableCompression work; the rest return ErrBadOperation.
type Stream interface {
	// Receive returns the next message, or io.EOF once the client has closed. It waits for as
	// long as timeout says, forever if that is negative, and then returns ErrTimeout; a message
	// half received is kept for the next call. With reuse, Data is valid until the next call.
	Receive(timeout time.Duration, reuse bool) (Message, error)

	// Send sends m whole. Within a message begun by SendFragment it returns ErrBadOperation, or with wait
	// waits for that to end. It returns once the bytes are handed to the network, or will be as soon as a
	// goroutine of the stream's gets to run.
	Send(m Message, wait bool) error

	// SendFragment sends m as a frame. With end unset the next SendFragment continues the message, whose
	// kind is that of the first.
	SendFragment(m Message, end bool) error

	// Deliver sends m whole, from a goroutine that is not the handler's: it waits for the
	// handshake, and for a message begun by SendFragment to end. With more set another Deliver follows at
	// once, and m may go out together with that.
	Deliver(m *Outgoing, more bool) error

	// Ahead reports whether the client's next message is here already, so that the handler, when
	// it has answered this one, will most likely send again at once.
	Ahead() bool

	SendPing(body []byte) error
	OnPing(func(body []byte))
	OnPong(func(body []byte))

	// Close sends a Close frame, and with wait reads on until the client has answered, serving
	// control frames and discarding messages, for at most the time the host allows.
	Close(code StatusCode, reason string, wait bool) error

	// Fail ends the connection from outside: a Close frame if one can still go out, then TCP. It
	// does not block.
	Fail(code StatusCode, reason string)

	ClientClosed() bool
	ServerClosed() bool
	DisableCompression()
	WriteRaw(p []byte) error
	ReadRaw(n int) ([]byte, error)
}

// Rooms is where Join and Publish lead. Handler scripts do not use it: host/room implements it for
// a server and wshtest for a test.
type Rooms interface {
	// Join makes a connection a member of the room until leave is called, after which nothing more is
	// queued for it. leave waits until that time for what has been queued to be sent, and drops the
	// rest: all of it if the time has passed. It may be called again. An error says that it is no
	// member: ErrForgotten, or ErrUnavailable, and only if it asked for something that is kept.
	Join(room string, j JoinOptions) (leave func(until time.Time), err error)

	// Publish sends a copy of m to every member, and returns its id in a room that keeps it, if p wants it.
	// It does not wait for any of them.
	Publish(room string, m Message, p PublishOptions) (id string, err error)

	// Members lists who is there, in the order in which they came.
	Members(room string) []Member

	// Len is len(Members) without the list.
	Len(room string) int

	// WatchMembers calls f for each member, then for each that joins or leaves, until ctx ends.
	WatchMembers(ctx context.Context, room string, f func(m Member, joined bool)) error

	// Register lets Direct find a connection, until unregister is called.
	Register(c Connection) (unregister func())

	// Direct sends a message to, or closes, a connection, or all of a user. ErrNotFound: there is none.
	Direct(to Addressee, e Action) error

	// OpenStore finds or makes what keeps the store of that name.
	OpenStore(name string) (KeyValue, error)

	// History is the last n publications that the room keeps, the oldest first.
	History(room string, n int) ([]Publication, error)
}

// JoinOptions is who joins, and what of the past it is sent before what is published from then on.
type JoinOptions struct {
	Member Member
	Stream Stream
	Render *Renderer // nil: messages are sent as they were published

	After string // what came after the publication of this id; "": nothing
	Last  int    // the last so many publications, without After
}

// PublishOptions says how something is published.
type PublishOptions struct {
	More bool   // another Publish most likely follows at once, and this may go out together with that
	Live bool   // it is not kept
	ID   bool   // the id is wanted; without it "" may be returned
	Key  string // a room that keeps it takes what has the same key once; "": there is none
}
