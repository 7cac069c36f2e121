package wshtest_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// handler is one whose TransferData is f.
func handler(f func(*wsh.Request) error) *wsh.Handler {
	return &wsh.Handler{DoExtraHandshake: func(*wsh.Request) error { return nil }, TransferData: f}
}

func echo(r *wsh.Request) error { return r.Each(r.SendMessage) }

func TestHandshakeIsAnsweredAsAHostDoes(t *testing.T) {
	for _, test := range []struct {
		name      string
		protocols []string
		hook      func(*wsh.Request) error
		want      wshtest.Response
	}{
		{name: "accepted", hook: func(r *wsh.Request) error { r.ExtraHeaders.Add("X", "y"); return nil },
			want: wshtest.Response{Status: 101, Header: http.Header{"X": {"y"}}}},
		{name: "headers that the answer has of its own", hook: func(r *wsh.Request) error {
			r.ExtraHeaders = http.Header{"x-a": {"b\r\nc: d"}, "UPGRADE": {"h2c"}, "Sec-WebSocket-Accept": {"x"}, "no token": {"y"}}
			return nil
		}, want: wshtest.Response{Status: 101, Header: http.Header{"X-A": {"b  c: d"}}}},
		{name: "handshake error", hook: func(*wsh.Request) error {
			return &wsh.HandshakeError{Status: 401, Reason: "who?", Header: http.Header{"WWW-Authenticate": {"b"}}}
		}, want: wshtest.Response{Status: 401, Reason: "who?", Header: http.Header{"Www-Authenticate": {"b"}}}},
		{name: "no reason", hook: func(*wsh.Request) error { return &wsh.HandshakeError{Status: 404} },
			want: wshtest.Response{Status: 404, Reason: "Not Found", Header: http.Header{}}},
		{name: "status out of range", hook: func(*wsh.Request) error { return &wsh.HandshakeError{Status: 200, Reason: "x"} },
			want: wshtest.Response{Status: 403, Reason: "Forbidden", Header: http.Header{}}},
		{name: "another error", hook: func(*wsh.Request) error { return io.ErrNoProgress },
			want: wshtest.Response{Status: 403, Reason: "Forbidden", Header: http.Header{}}},
		{name: "panic", hook: func(*wsh.Request) error { panic("oh") },
			want: wshtest.Response{Status: 403, Reason: "Forbidden", Header: http.Header{}}},
		{name: "abort", hook: func(*wsh.Request) error { return wsh.ErrAborted }},
		{name: "subprotocol", protocols: []string{"a", "b"}, hook: func(r *wsh.Request) error {
			r.Protocol = r.RequestedProtocols[1]
			return nil
		}, want: wshtest.Response{Status: 101, Header: http.Header{}, Protocol: "b"}},
		{name: "none chosen", protocols: []string{"a"}, hook: func(*wsh.Request) error { return nil },
			want: wshtest.Response{Status: 400, Reason: "none of the requested subprotocols is spoken here: a", Header: http.Header{}}},
		{name: "none owed", protocols: []string{"a"}, hook: func(r *wsh.Request) error {
			r.RequestedProtocols = nil
			return nil
		}, want: wshtest.Response{Status: 101, Header: http.Header{}}},
		{name: "none requested", hook: func(r *wsh.Request) error { r.Protocol = "a"; return nil },
			want: wshtest.Response{Status: 400, Reason: "the handler wants the subprotocol a, and none was requested", Header: http.Header{}}},
		{name: "no token", protocols: []string{"a"}, hook: func(r *wsh.Request) error { r.Protocol = "a b"; return nil },
			want: wshtest.Response{Status: 400, Reason: "the handler chose a subprotocol that is not a token", Header: http.Header{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := handler(echo)
			h.DoExtraHandshake = test.hook
			c := wshtest.Dialer{Protocols: test.protocols}.Dial(t, h)
			got := c.Response()
			got.Err = nil
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if end := c.Abort(); got.Status != 101 && end.Code != 1006 {
				t.Errorf("got %v", end)
			}
		})
	}
}

func TestRequestTellsOfTheHandshake(t *testing.T) {
	c := wshtest.Dialer{
		Resource: "/a?b=c", Origin: "null", Protocols: []string{"x", "y"}, Header: http.Header{"Cookie": {"d=e"}},
		HTTPS: true, User: &wsh.User{Name: "ann"},
	}.Dial(t, &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { r.Protocol = "x"; return nil },
		TransferData: func(r *wsh.Request) error {
			return r.SendText(fmt.Sprintln(r.Method, r.Resource, r.URL.Path, r.URL.RawQuery, r.Origin, r.Version, r.IsHTTPS(),
				r.User.Name, r.RequestedProtocols, r.Header["Cookie"], r.Header["Sec-Websocket-Protocol"], r.RemoteAddr))
		},
	})
	want := "GET /a?b=c /a b=c null 13 true ann [x y] [d=e] [x, y] 192.0.2.1:1234\n"
	if got := c.ReceiveText(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDeliverWaitsForHandshakeAndMessage(t *testing.T) {
	var rooms wshtest.Rooms
	joined, begun, on := make(chan struct{}), make(chan struct{}), make(chan struct{})
	c := wshtest.Dialer{Rooms: &rooms}.Dial(t, &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			r.Join("a")
			close(joined)
			<-on
			return r.WriteRaw([]byte("head"))
		},
		TransferData: func(r *wsh.Request) error {
			if _, err := r.ReceiveMessage(); err != nil {
				return err
			}
			if err := r.SendFragment(wsh.Text("x"), false); err != nil {
				return err
			}
			close(begun)
			if _, err := r.ReceiveMessage(); err != nil {
				return err
			}
			return r.SendFragment(wsh.Text("y"), true)
		},
	})
	<-joined
	_, _ = rooms.Publish("a", wsh.Text("1"), wsh.PublishOptions{})
	close(on)
	if got := string(c.ReadRaw(4)); got != "head" {
		t.Errorf("got %q before the 101, want head", got)
	}
	if got := c.ReceiveText(); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	c.SendText("begin")
	<-begun
	_, _ = rooms.Publish("a", wsh.Text("2"), wsh.PublishOptions{})
	c.SendText("end")
	if got := c.ReceiveText(); got != "xy" {
		t.Errorf("got %q, want xy", got)
	}
}
