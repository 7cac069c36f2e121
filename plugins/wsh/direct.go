package wsh

import (
	"fmt"
	"unicode/utf8"
)

// SendTo sends m to one connection, whichever handler it belongs to and whichever host it is on: member is its
// Member.ID, or Request.ID. It goes through the connection's queue, as what rooms publish does. nil says that it
// has been handed to that host, ErrNotFound that there is no such connection, ErrUnavailable that its host
// cannot be reached.
func SendTo(member string, m Message) error {
	return reach(Addressee{Member: member}, Action{Message: m})
}

// SendToUser is SendTo for all connections of a user: name is their User.Name. Where there are other hosts nil
// says that it has been sent to them.
func SendToUser(name string, m Message) error {
	return reach(Addressee{User: name}, Action{Message: m})
}

// Disconnect closes one connection, as SendTo finds it, with a code that Request.CloseConnection might close
// with.
func Disconnect(member string, code StatusCode, reason string) error {
	return reach(Addressee{Member: member}, Action{Code: code, Reason: reason})
}

// DisconnectUser is Disconnect for all connections of a user.
func DisconnectUser(name string, code StatusCode, reason string) error {
	return reach(Addressee{User: name}, Action{Code: code, Reason: reason})
}

// Connection is one that Direct finds. Handler scripts do not use it.
type Connection struct {
	ID, User string // User "": nobody was asked
	Stream   Stream
}

// Addressee is one connection, or all of a user. Handler scripts do not use it.
type Addressee struct{ Member, User string }

// Action is what is to be done with a connection. Handler scripts do not use it.
type Action struct {
	Message Message    // to be sent, if Code is 0
	Code    StatusCode // to be closed with
	Reason  string
}

const maxReason = 123 // bytes: a Close frame holds no more

func reach(to Addressee, e Action) error {
	what := fmt.Sprintf("%.100q", to.Member+to.User)
	switch {
	case to == Addressee{}, len(to.Member)+len(to.User) > MaxKey:
		return fmt.Errorf("reach %s: %w", what, ErrNotFound)
	case e.Code != 0 && (!e.Code.Sendable() || len(e.Reason) > maxReason || !utf8.ValidString(e.Reason)):
		return fmt.Errorf("disconnect %s: %w: %d %q fits in no Close frame", what, ErrBadOperation, e.Code, e.Reason)
	case e.Code == 0 && !e.Message.Binary && !utf8.Valid(e.Message.Data):
		return fmt.Errorf("send to %s: %w: text is not UTF-8", what, ErrBadOperation)
	}
	rooms, err := served()
	if err == nil {
		err = rooms.Direct(to, e)
	}
	if err != nil {
		return fmt.Errorf("reach %s: %w", what, err)
	}
	return nil
}
