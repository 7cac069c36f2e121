package session

import (
	"errors"
	"net"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"wshd/host/stream"
	"wshd/plugins/wsh"
)

func TestTheOwnerIsTold(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name       string
		handshake  error
		requested  []string
		transfer   func(*wsh.Request) error
		closes     bool // the client closes
		status     int
		want, logs string
	}{
		{name: "an echo", transfer: echo, closes: true, status: 101,
			want: "returned DoExtraHandshake; answered 101; returned TransferData; ended 1000", logs: `msg="connection closed" resource=/x`},
		{name: "refused", handshake: &wsh.HandshakeError{Status: 401}, status: 401,
			want: "returned DoExtraHandshake; refused: the handler refuses it; answered 401; ended 1006"},
		{name: "no subprotocol", requested: []string{"a"}, status: 400,
			want: "returned DoExtraHandshake; refused: the handler's subprotocol does not fit; answered 400; ended 1006"},
		{name: "aborted", handshake: wsh.ErrAborted,
			want: "returned DoExtraHandshake; answered aborted; ended 1006", logs: "handshake aborted by the handler"},
		{name: "an error", transfer: func(*wsh.Request) error { return broken }, closes: true, status: 101,
			want: "returned DoExtraHandshake; answered 101; returned TransferData; failed TransferData: broken; ended 1011", logs: "handler failed"},
		{name: "a panic", transfer: func(*wsh.Request) error { panic("oh") }, closes: true, status: 101,
			want: "returned DoExtraHandshake; answered 101; returned TransferData; failed TransferData: TransferData: panic: oh; ended 1011", logs: "handler failed"},
		{name: "a Goexit", transfer: func(*wsh.Request) error { runtime.Goexit(); return nil }, closes: true, status: 101,
			want: "returned DoExtraHandshake; answered 101; returned TransferData; failed TransferData: the hook ended its goroutine; ended 1011", logs: "handler failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &wsh.Handler{DoExtraHandshake: func(*wsh.Request) error { return test.handshake }, TransferData: test.transfer}
			c, told := run(t, h, request(test.requested...), nil)
			if test.status != 0 && c.answer().StatusCode != test.status {
				t.Errorf("want status %d", test.status)
			}
			if test.closes {
				c.sendClose(1000)
			}
			c.end(told)
			if got := told.got(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if !strings.Contains(told.log.String(), test.logs) {
				t.Errorf("got the log %q, want %q", told.log.String(), test.logs)
			}
		})
	}
}

func TestTheOwnerIsToldBeforeTheClient(t *testing.T) {
	for _, test := range []struct {
		name   string
		hook   func(*wsh.Request) error
		report string
	}{
		{"accepted", accept, "answered 101"},
		{"refused", func(*wsh.Request) error { return &wsh.HandshakeError{Status: 404} }, "answered 404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, told := run(t, &wsh.Handler{DoExtraHandshake: test.hook, TransferData: echo}, request(), nil)
			if c.answer(); !told.has(test.report) {
				t.Errorf("got %s, want %s in it", told.got(), test.report)
			}
		})
	}
}

func TestLimitsAreReported(t *testing.T) {
	c, told := run(t, &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}, request(), func(c *Config) { c.Stream.MessageSize = 3 })
	c.answer()
	c.send(wsh.OpcodeText, "1234")
	c.want("C1009 message of more than 3 bytes")
	if !told.has("hit " + stream.LimitMessageSize) {
		t.Errorf("got %s", told.got())
	}
}

func TestASessionKnowsItsClientThoughTheHandlerForgets(t *testing.T) {
	c, nc := pair(t)
	told := newReports()
	s := New(nc, []byte(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeText, Mask: []byte{1, 2, 3, 4}}, []byte("early"))), request(), Config{
		ID: "7", Path: "/x", Owner: told.owner(), Handler: &wsh.Handler{Script: "x_wsh.go", Version: 3, TransferData: echo,
			DoExtraHandshake: func(r *wsh.Request) error { r.RemoteAddr, r.User, r.Resource = "", nil, ""; return nil }}})
	go s.Run()
	c.answer()
	c.want("Tearly") // what had been read with the handshake
	i := s.Info()
	if i.ID != "7" || i.Resource != "/x" || i.Script != "x_wsh.go" || i.Version != 3 || i.User != "ann" || i.RemoteAddr != "192.0.2.1:4711" || i.Since.IsZero() {
		t.Errorf("got %+v", i)
	}
	if !s.Opened() || s.Stats().MessagesIn != 1 {
		t.Errorf("got opened %v and %+v", s.Opened(), s.Stats())
	}
	s.Fail(1001, "")
	c.want("C1001")
	c.sendClose(1001)
	c.end(told)
}

func TestDiscardEndsTheConnection(t *testing.T) {
	c, nc := pair(t)
	told := newReports()
	New(nc, nil, request(), Config{Owner: told.owner(), Handler: &wsh.Handler{DoExtraHandshake: accept, TransferData: echo}}).Discard()
	c.nc.(*net.TCPConn).CloseWrite()
	c.want("EOF")
	if got := told.got(); got != "" {
		t.Errorf("got %s", got)
	}
}

// TestTheLogSaysWhyAConnectionEnded: also when a hook wanted what cannot be.
func TestTheLogSaysWhyAConnectionEnded(t *testing.T) {
	long := strings.Repeat("r", 124)
	returns := func(err error) func(*wsh.Request) error { return func(*wsh.Request) error { return err } }
	for _, test := range []struct {
		name string
		data func(*wsh.Request) error
		want string
	}{
		{"aborted", returns(wsh.ErrAborted), `msg="connection closed".* reason="the handler aborted it"`},
		{"a code that cannot be", returns(&wsh.CloseError{Code: 5000}), `msg="handler failed".* err=".*5000 is no code that can be sent: closed with 1011 instead"`},
		{"a long reason", returns(&wsh.CloseError{Code: 1000, Reason: long}), `msg="handler failed".* err=".*the reason has 124 bytes, and 123 fit: closed with 1011 instead"`},
		{"no code", returns(&wsh.CloseError{}), `msg="handler failed".* err=".*a CloseError has a code`},
		{"by CloseConnection", func(r *wsh.Request) error { return r.CloseConnection(5000, "") }, `msg="handler failed".* err="5000 is no code that can be sent: closed with 1011 instead"`},
		{"by the closing hook", echo, `msg="handler failed".* err="the reason has 124 bytes, and 123 fit: closed with 1011 instead"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, told := run(t, &wsh.Handler{DoExtraHandshake: accept, TransferData: test.data,
				PassiveClosingHandshake: func(*wsh.Request) (wsh.StatusCode, string, error) { return 1000, long, nil }}, request(), nil)
			c.answer()
			c.sendClose(1000)
			c.end(told)
			if got := told.logged(); !regexp.MustCompile(test.want).MatchString(got) {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}
