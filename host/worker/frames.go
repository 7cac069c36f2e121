package worker

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// The rooms are the host's. A handler's process asks them by calls over a stream socket, each answered under
// its number, and is sent there what its members are to be sent: one publication at a time for each member,
// and the next once the client has taken it, so that the host's queues and their bounds are the only ones.

// What frames are: a call of the handler's and its answer, a publication for a member and its receipt, and
// that a member falls too far behind.
const (
	frameCall = iota + 1
	frameAnswer
	frameDeliver
	frameReceipt
	frameFail
	frameNotify // a call without an answer
)

// roomCall is a call, as JSON.
type roomCall struct {
	Do         string `json:",omitempty"` // see roomServer.do
	Room       string `json:",omitempty"`
	Membership uint64 `json:",omitempty"` // the number of a membership: of join and leave; of a watch: of watch and unwatch
	Conn       uint64 `json:",omitempty"` // of join: the number of the connection, which is sent all its rooms in one order
	Member     wsh.Member
	After      string        `json:",omitempty"`
	Last       int           `json:",omitempty"`
	Wait       time.Duration `json:",omitempty"` // of leave
	Binary     bool          `json:",omitempty"`
	How        wsh.PublishOptions

	To     wsh.Addressee  // of direct
	Code   wsh.StatusCode `json:",omitempty"`
	Reason string         `json:",omitempty"`

	Store, Key string        `json:",omitempty"`
	Age        time.Duration `json:",omitempty"`
	Was        uint64        `json:",omitempty"`
}

// roomAnswer is what a call comes to, and one publication or member that is sent.
type roomAnswer struct {
	Error   string            `json:",omitempty"`
	Kind    string            `json:",omitempty"` // of the error, where callers tell it from others
	ID      string            `json:",omitempty"`
	Len     int               `json:",omitempty"`
	Members []wsh.Member      `json:",omitempty"`
	History []wsh.Publication `json:",omitempty"`
	Keys    []string          `json:",omitempty"`
	Is      uint64            `json:",omitempty"` // a value's revision
	OK      bool              `json:",omitempty"`
	Entry   *wsh.Entry        `json:",omitempty"` // but for its value

	data []byte

	At     *wsh.Publication `json:",omitempty"` // but for its data
	More   bool             `json:",omitempty"`
	Joined bool             `json:",omitempty"`
	Code   wsh.StatusCode   `json:",omitempty"`
}

// kinds are the errors that callers compare with.
var kinds = map[string]error{"forgotten": wsh.ErrForgotten, "unavailable": wsh.ErrUnavailable, "bad": wsh.ErrBadOperation, "closed": wsh.ErrClosed,
	"not found": wsh.ErrNotFound}

func (a *roomAnswer) fail(err error) {
	if err == nil {
		return
	}
	a.Error = err.Error()
	for kind, e := range kinds {
		if errors.Is(err, e) {
			a.Kind = kind
		}
	}
}

// remoteError is an error of the other process.
type remoteError struct {
	text string
	kind error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.kind }

func (a *roomAnswer) err() error {
	if a.Error == "" {
		return nil
	}
	return &remoteError{a.Error, kinds[a.Kind]}
}

// frames is a stream socket of frames: what it is, a number, a head as JSON, and data.
type frames struct {
	c net.Conn
	r *bufio.Reader

	mu sync.Mutex // one frame at a time
	w  *bufio.Writer
}

func framesOf(c net.Conn) *frames { return &frames{c: c, r: bufio.NewReader(c), w: bufio.NewWriter(c)} }

// mostFrame is how large a part of one may be, in bytes: what messages may be, and more.
const mostFrame = 1 << 30

func (f *frames) write(what byte, n uint64, head any, data []byte) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	b := append(make([]byte, 0, 32+len(text)), what)
	b = binary.AppendUvarint(b, n)
	b = binary.AppendUvarint(b, uint64(len(text)))
	b = append(b, text...)
	b = binary.AppendUvarint(b, uint64(len(data)))
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _ = f.w.Write(b) // Flush tells
	_, _ = f.w.Write(data)
	return f.w.Flush()
}

func (f *frames) read(head func(what byte) any) (what byte, n uint64, data []byte, err error) {
	if what, err = f.r.ReadByte(); err != nil {
		return
	}
	if n, err = binary.ReadUvarint(f.r); err != nil {
		return
	}
	text, err := f.part()
	if err != nil {
		return
	}
	if err = json.Unmarshal(text, head(what)); err != nil {
		return
	}
	data, err = f.part()
	return
}

func (f *frames) part() ([]byte, error) {
	n, err := binary.ReadUvarint(f.r)
	if err != nil {
		return nil, err
	}
	if n > mostFrame {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(f.r, b)
	return b, err
}
