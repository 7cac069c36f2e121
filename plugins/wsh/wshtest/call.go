package wshtest

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"wshd/plugins/wsh"
)

// Panic is the error of a hook that panicked.
type Panic struct {
	Hook  string // such as TransferData
	Value any
	Stack []byte
}

// Error describes the panic, with its stack.
func (p *Panic) Error() string { return fmt.Sprintf("%s: panic: %v\n%s", p.Hook, p.Value, p.Stack) }

// errGoexit is the error of a hook that ended its goroutine: testing's FailNow does.
var errGoexit = errors.New("the hook called runtime.Goexit, as t.Fatal does")

// call runs a hook and returns its error; a panic is one.
func call(hook string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{Hook: hook, Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}

// Response is how the opening handshake was answered.
type Response struct {
	Status   int         // 101; what it was refused with; 0: the connection was dropped without an answer
	Reason   string      // the body of a refusal
	Header   http.Header // ExtraHeaders, or the refusal's
	Protocol string      // the subprotocol chosen
	Err      error       // what DoExtraHandshake returned; *Panic if it panicked
}

// answer decides the handshake from what DoExtraHandshake made of it.
func answer(r *wsh.Request, err error) Response {
	if err != nil {
		return refusal(err)
	}
	a := Response{Status: http.StatusSwitchingProtocols, Header: asRead(r.ExtraHeaders), Protocol: r.Protocol}
	switch {
	case r.Protocol == "" && len(r.RequestedProtocols) > 0:
		return Response{Status: http.StatusBadRequest, Reason: "none of the requested subprotocols is spoken here: " + strings.Join(r.RequestedProtocols, ", ")}
	case r.Protocol != "" && len(r.RequestedProtocols) == 0:
		return Response{Status: http.StatusBadRequest, Reason: "the handler wants the subprotocol " + r.Protocol + ", and none was requested"}
	case !token(r.Protocol):
		return Response{Status: http.StatusBadRequest, Reason: "the handler chose a subprotocol that is not a token"}
	}
	return a
}

func refusal(err error) Response {
	a := Response{Status: http.StatusForbidden, Err: err}
	var refused *wsh.HandshakeError
	switch {
	case errors.Is(err, wsh.ErrAborted):
		a.Status = 0
		return a
	case errors.As(err, &refused) && refused.Status >= 300 && refused.Status <= 599:
		a.Status, a.Reason, a.Header = refused.Status, refused.Reason, asRead(refused.Header)
	}
	if a.Reason == "" {
		a.Reason = http.StatusText(a.Status)
	}
	return a
}

// asRead is a header as a client reads it: the names in their canonical form.
func asRead(sent http.Header) http.Header {
	read := http.Header{}
	for name, values := range sent {
		for _, v := range values {
			read.Add(name, v)
		}
	}
	return read
}

// token reports whether s is a token of RFC 9110, section 5.6.2, or empty.
func token(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		case c == '!', c >= '#' && c <= '\'', c == '*', c == '+', c == '-', c == '.', c >= '^' && c <= '`', c == '|', c == '~':
		default:
			return false
		}
	}
	return true
}

// hangUp ends the connection as TransferData's result says. A Close frame that the handler did not
// wait for is answered by its closing hook all the same.
func (s *stream) hangUp(err error) {
	defer s.end()
	if errors.Is(err, wsh.ErrAborted) || isClosed(s.ended) || s.ServerClosed() {
		return
	}
	if s.closeIsNext() {
		_, _ = s.Receive(0, false) // its error is the handler's, which has returned
		return
	}
	code, reason := wsh.StatusInternalEndpointError, ""
	var closing *wsh.CloseError
	switch {
	case err == nil:
		code = wsh.StatusNormalClosure
	case errors.As(err, &closing) && closing.Code != 0: // Close would send an empty frame for 0
		code, reason = closing.Code, closing.Reason
	}
	_ = s.Close(code, reason, true) // the client may be gone: all the same
}
