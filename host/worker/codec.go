package worker

import (
	"encoding/binary"
	"errors"
)

// What the two processes send each other are datagrams: a kind, and numbers and texts, each text with its
// length before it.

// kind says what a datagram is.
type kind byte

const (
	// The host's.
	kindConfig       kind = iota + 1 // how sessions are run
	kindOpen                         // a connection, with its descriptor
	kindFail                         // close a connection
	kindFlushAndFail                 // close a connection once what was published to it has been sent
	kindAbort                        // end a connection
	kindHTTP                         // a descriptor on which plain requests come
	kindPing                         // answer, if you are well
	kindRenewed                      // what a token is worth
	kindReplaced                     // another version has taken this one's place

	// The handler's.
	kindReady    // the handler's init has run
	kindRefuse   // the handler cannot be loaded, and why
	kindAnswered // how a handshake is answered
	kindReturned // a hook
	kindFailed   // a hook
	kindHit      // a limit
	kindRefused  // why a handshake is refused
	kindEnded    // a connection
	kindRenew    // what is this token worth?
	kindStats    // of connections
	kindPong     // the answer to a ping
)

// writer makes a datagram.
type writer struct{ b []byte }

func write(k kind) *writer { return &writer{append(make([]byte, 0, 256), byte(k))} }

func (w *writer) num(n uint64) *writer {
	w.b = binary.AppendUvarint(w.b, n)
	return w
}

func (w *writer) text(s string) *writer {
	w.b = append(binary.AppendUvarint(w.b, uint64(len(s))), s...)
	return w
}

func (w *writer) yes(v bool) *writer {
	if v {
		return w.num(1)
	}
	return w.num(0)
}

func (w *writer) texts(list []string) *writer {
	w.num(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
	return w
}

// reader takes a datagram apart. Once there is less than is asked for, err is set and all is empty.
type reader struct {
	b   []byte
	err error
}

var errShort = errors.New("a datagram is too short")

func (r *reader) num() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.err = nil, errShort
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) text() string {
	n := r.num()
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, errShort
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) yes() bool { return r.num() == 1 }

func (r *reader) texts() []string {
	n := r.num()
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, errShort
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, r.text())
	}
	return list
}
