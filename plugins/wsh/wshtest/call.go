package wshtest

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
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
	refusal, abort := protocol.AnswerTo(err)
	if err == nil {
		refusal = protocol.CheckProtocol(r)
	}
	switch {
	case abort:
		return Response{Err: err}
	case refusal != nil:
		return Response{Status: refusal.Status, Reason: refusal.Reason, Header: asRead(refusal.Header), Err: err}
	}
	return Response{Status: http.StatusSwitchingProtocols, Header: asRead(r.ExtraHeaders), Protocol: r.Protocol}
}

// asRead is what a client reads of a handler's headers: the names in their canonical form.
func asRead(h http.Header) http.Header {
	read := http.Header{}
	for name, value := range protocol.Sent(h) {
		read.Add(name, value)
	}
	return read
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
	how := protocol.OutcomeOf(err, s.ClientClosed(), s.ClientClosed())
	_ = s.Close(how.Code, how.Reason, true) // the client may be gone: all the same
}
