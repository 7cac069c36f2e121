package wshtest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// handler is one whose TransferData is f.
func handler(f func(*wsh.Request) error) *wsh.Handler {
	return &wsh.Handler{DoExtraHandshake: func(*wsh.Request) error { return nil }, TransferData: f}
}

func echo(r *wsh.Request) error { return r.Each(r.SendMessage) }

func Example() {
	echo := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { return nil },
		TransferData: func(r *wsh.Request) error {
			return r.Each(func(m wsh.Message) error { return r.SendText("you said " + m.Text()) })
		},
	}
	c := wshtest.Dial(nil, echo) // in a test: wshtest.Dial(t, echo)
	c.SendText("hello")
	fmt.Println(c.ReceiveText())
	fmt.Println(c.Close(1000, "").Code)
	// Output:
	// you said hello
	// 1000
}

func ExampleRooms() {
	chat := &wsh.Handler{
		TransferData: func(r *wsh.Request) error { return r.Each(r.Join("lobby").Publish) },
	}
	var rooms wshtest.Rooms
	ann := wshtest.Dialer{Rooms: &rooms}.Dial(nil, chat)
	bob := wshtest.Dialer{Rooms: &rooms}.Dial(nil, chat)
	rooms.Await(nil, "lobby", 2)

	ann.SendText("hi")
	fmt.Println(ann.ReceiveText(), bob.ReceiveText())

	ann.Close(1000, "")
	bob.Close(1000, "")
	fmt.Println(rooms.Len("lobby"))
	// Output:
	// hi hi
	// 0
}

func TestHookResultClosesAsAHostDoes(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		err  error
		code wsh.StatusCode
	}{
		{"nil", nil, 1000},
		{"close error", &wsh.CloseError{Code: 4000, Reason: "bye"}, 4000},
		{"wrapped close error", fmt.Errorf("x: %w", &wsh.CloseError{Code: 4001, Reason: "bye"}), 4001},
		{"code that may not be sent", &wsh.CloseError{Code: 1006, Reason: "bye"}, 1011},
		{"code 0", &wsh.CloseError{Reason: "bye"}, 1011},
		{"reason too long", &wsh.CloseError{Code: 4000, Reason: strings.Repeat("x", 124)}, 1011},
		{"another error", broken, 1011},
		{"io.EOF of another reader", io.EOF, 1011},
		{"abort", wsh.ErrAborted, 1006},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := wshtest.Dial(t, handler(func(*wsh.Request) error { return test.err })).Wait()
			if end.Code != test.code || !errors.Is(end.Err, test.err) {
				t.Errorf("got %v, want %d", end, test.code)
			}
			if sent := test.code >= 4000; sent != (end.Reason == "bye") {
				t.Errorf("got reason %q", end.Reason)
			}
		})
	}
}

func TestPanicClosesWith1011(t *testing.T) {
	end := wshtest.Dial(t, handler(func(*wsh.Request) error { panic("oh") })).Wait()
	var p *wshtest.Panic
	if end.Code != 1011 || !errors.As(end.Err, &p) || p.Value != "oh" || p.Hook != "TransferData" {
		t.Errorf("got %v, want 1011 and the panic", end)
	}
}

func TestHandshakeIsAnsweredAsAHostDoes(t *testing.T) {
	for _, test := range []struct {
		name      string
		protocols []string
		hook      func(*wsh.Request) error
		want      wshtest.Response
	}{
		{name: "accepted", hook: func(r *wsh.Request) error { r.ExtraHeaders.Add("X", "y"); return nil },
			want: wshtest.Response{Status: 101, Header: http.Header{"X": {"y"}}}},
		{name: "handshake error", hook: func(*wsh.Request) error {
			return &wsh.HandshakeError{Status: 401, Reason: "who?", Header: http.Header{"A": {"b"}}}
		}, want: wshtest.Response{Status: 401, Reason: "who?", Header: http.Header{"A": {"b"}}}},
		{name: "no reason", hook: func(*wsh.Request) error { return &wsh.HandshakeError{Status: 404} },
			want: wshtest.Response{Status: 404, Reason: "Not Found"}},
		{name: "status out of range", hook: func(*wsh.Request) error { return &wsh.HandshakeError{Status: 200, Reason: "x"} },
			want: wshtest.Response{Status: 403, Reason: "x"}},
		{name: "another error", hook: func(*wsh.Request) error { return io.ErrNoProgress },
			want: wshtest.Response{Status: 403, Reason: "Forbidden"}},
		{name: "panic", hook: func(*wsh.Request) error { panic("oh") },
			want: wshtest.Response{Status: 403, Reason: "Forbidden"}},
		{name: "abort", hook: func(*wsh.Request) error { return wsh.ErrAborted }},
		{name: "subprotocol", protocols: []string{"a", "b"}, hook: func(r *wsh.Request) error {
			r.Protocol = r.RequestedProtocols[1]
			return nil
		}, want: wshtest.Response{Status: 101, Header: http.Header{}, Protocol: "b"}},
		{name: "none chosen", protocols: []string{"a"}, hook: func(*wsh.Request) error { return nil },
			want: wshtest.Response{Status: 400, Reason: "none of the requested subprotocols was chosen"}},
		{name: "none owed", protocols: []string{"a"}, hook: func(r *wsh.Request) error {
			r.RequestedProtocols = nil
			return nil
		}, want: wshtest.Response{Status: 101, Header: http.Header{}}},
		{name: "none requested", hook: func(r *wsh.Request) error { r.Protocol = "a"; return nil },
			want: wshtest.Response{Status: 400, Reason: "a subprotocol was chosen that nobody requested"}},
		{name: "no token", protocols: []string{"a"}, hook: func(r *wsh.Request) error { r.Protocol = "a b"; return nil },
			want: wshtest.Response{Status: 400, Reason: `the subprotocol "a b" is not a token`}},
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

func TestCloseByTheClient(t *testing.T) {
	refused := errors.New("no")
	for _, test := range []struct {
		name string
		hook func(*wsh.Request) (wsh.StatusCode, string, error)
		want wshtest.End
	}{
		{"no hook", nil, wshtest.End{Code: 1000}},
		{"answer", func(r *wsh.Request) (wsh.StatusCode, string, error) {
			return r.CloseCode + 1, r.CloseReason + "!", nil
		}, wshtest.End{Code: 3001, Reason: "bye!"}},
		{"empty", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", nil }, wshtest.End{Code: 1005}},
		{"abort", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", wsh.ErrAborted },
			wshtest.End{Code: 1006, Err: wsh.ErrAborted}},
		{"error", func(*wsh.Request) (wsh.StatusCode, string, error) { return 1000, "", refused },
			wshtest.End{Code: 1011, Err: refused}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := handler(echo)
			h.PassiveClosingHandshake = test.hook
			if end := wshtest.Dial(t, h).Close(3000, "bye"); end != test.want {
				t.Errorf("got %v, want %v", end, test.want)
			}
		})
	}
}

func TestEmptyCloseHasCode1005(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		_, err := r.ReceiveMessage()
		if r.CloseCode != 1005 || !r.ClientClosed() || !r.ServerClosed() || r.Context().Err() == nil {
			t.Errorf("got %d, %v, %v, %v", r.CloseCode, r.ClientClosed(), r.ServerClosed(), r.Context().Err())
		}
		if _, again := r.ReceiveMessage(); again != err {
			t.Errorf("got %v again, want %v", again, err)
		}
		if late := r.SendText("late"); !errors.Is(late, wsh.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", late)
		}
		return err
	}))
	if end := c.Close(0, ""); end.Code != 1000 || end.Err != io.EOF {
		t.Errorf("got %v, want 1000 and io.EOF", end)
	}
}

func TestCloseByTheHandler(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		if err := r.CloseConnection(3333, "done"); err != nil {
			t.Errorf("close: %v", err)
		}
		if r.CloseCode != 3333 {
			t.Errorf("got answer %d, want 3333", r.CloseCode)
		}
		if err := r.SendText("late"); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("send: got %v, want ErrBadOperation", err)
		}
		_, err := r.ReceiveMessage()
		return err
	}))
	c.SendText("discarded")
	if _, err := c.Next(); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
	if end := c.Wait(); end.Code != 3333 || end.Reason != "done" || !errors.Is(end.Err, wsh.ErrBadOperation) {
		t.Errorf("got %v", end)
	}
}

func TestCloseWaitsWhileAnotherGoroutineReceives(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		rcv := wsh.NewMessageReceiver(r)
		if _, err := rcv.Receive(); err != nil {
			return err
		}
		if err := r.CloseConnection(1000, ""); err != nil {
			return err
		}
		_, err := rcv.Receive()
		return err
	}))
	c.SendText("go")
	if end := c.Wait(); end.Code != 1000 || !errors.Is(end.Err, wsh.ErrBadOperation) {
		t.Errorf("got %v", end)
	}
}

func TestAbortAndShutdownEndContextAndReceive(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*wshtest.Client) wshtest.End
		code wsh.StatusCode
	}{
		{"abort", (*wshtest.Client).Abort, 1006},
		{"shutdown", (*wshtest.Client).Shutdown, 1001},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
				if err := r.SendText("up"); err != nil {
					return err
				}
				<-r.Context().Done()
				_, err := r.ReceiveMessage()
				return err
			}))
			c.ReceiveText()
			if end := test.end(c); end.Code != test.code || end.Err != wsh.ErrClosed {
				t.Errorf("got %v, want %d", end, test.code)
			}
		})
	}
}

func TestPingsAreAnsweredThoughNobodyReceives(t *testing.T) {
	stop := make(chan struct{})
	c := wshtest.Dial(t, handler(func(*wsh.Request) error { <-stop; return nil }))
	c.Ping("a")
	c.Ping("b")
	if got := c.Pong() + c.Pong(); got != "ab" {
		t.Errorf("got %q, want ab", got)
	}
	close(stop)
}

func TestOnPingReplacesThePong(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		r.OnPing(func(body []byte) { _ = r.SendText("ping " + string(body)) })
		r.OnPong(func(body []byte) { _ = r.SendText("pong " + string(body)) })
		if err := r.SendPing([]byte("x")); err != nil {
			return err
		}
		return echo(r)
	}))
	if got := c.ReceivePing(); got != "x" {
		t.Errorf("got ping %q, want x", got)
	}
	if got := c.ReceiveText(); got != "pong x" {
		t.Errorf("got %q, want pong x", got)
	}
	c.Ping("y")
	if got := c.ReceiveText(); got != "ping y" {
		t.Errorf("got %q, want ping y", got)
	}
}

func TestFragmentsBothWays(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		for i := range m.Data {
			if err := r.SendFragment(wsh.Binary(m.Data[i:i+1]), i == len(m.Data)-1); err != nil {
				return err
			}
		}
		return nil
	}))
	c.SendFragments(false, "a", "", "bc")
	if got := c.Receive(); !got.Binary || got.Text() != "abc" {
		t.Errorf("got %v, want binary abc", got)
	}
}

func TestBrokenFramesCloseTheConnection(t *testing.T) {
	mask := []byte{1, 2, 3, 4}
	for _, test := range []struct {
		name string
		sent []byte
		want wsh.StatusCode
	}{
		{"unmasked", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 1}, nil), 1002},
		{"reserved bit", wsh.Frame(wsh.FrameHeader{Fin: true, Rsv1: true, Opcode: 1, Mask: mask}, nil), 1002},
		{"reserved opcode", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 3, Mask: mask}, nil), 1002},
		{"stray continuation", wsh.Frame(wsh.FrameHeader{Fin: true, Mask: mask}, nil), 1002},
		{"fragmented ping", wsh.Frame(wsh.FrameHeader{Opcode: 9, Mask: mask}, nil), 1002},
		{"close of one byte", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("x")), 1002},
		{"close with 1005", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("\x03\xed")), 1002},
		{"text not UTF-8", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 1, Mask: mask}, []byte("\xff")), 1007},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := wshtest.Dial(t, handler(echo))
			c.Response()
			c.WriteRaw(test.sent)
			if end := c.Wait(); end.Code != test.want || end.Err != wsh.ErrClosed {
				t.Errorf("got %v, want %d", end, test.want)
			}
		})
	}
}

func TestRawBytesGoBothWays(t *testing.T) {
	c := wshtest.Dial(t, &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			p, err := r.ReadRaw(3)
			if err != nil {
				return err
			}
			if err := r.SendText("early"); !errors.Is(err, wsh.ErrBadOperation) {
				t.Errorf("send before the 101: got %v, want ErrBadOperation", err)
			}
			return r.WriteRaw(append(p, '!'))
		},
		TransferData: func(r *wsh.Request) error { return r.WriteRaw(wsh.CloseFrame(4321, "raw")) },
	})
	c.WriteRaw([]byte("abc"))
	if got := string(c.ReadRaw(4)); got != "abc!" {
		t.Errorf("got %q, want abc!", got)
	}
	if end := c.Wait(); end.Code != 4321 || end.Reason != "raw" {
		t.Errorf("got %v, want 4321", end)
	}
}

func TestWindowHoldsSendsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		c := wshtest.Dialer{Window: 100}.Dial(t, handler(func(r *wsh.Request) error {
			for range 3 {
				if err := r.SendBinary(make([]byte, 90)); err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		}))
		for want := int32(1); want <= 3; want++ {
			synctest.Wait()
			if got := sent.Load(); got != want {
				t.Errorf("%d went out before %d were read", got, want)
			}
			c.Receive()
		}
	})
}

func TestTimePassesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
			if _, err := r.ReceiveTimeout(9 * time.Second); err != wsh.ErrTimeout {
				return err
			}
			return r.SendText("an age later")
		}))
		start := time.Now()
		if got := c.ReceiveText(); got != "an age later" || time.Since(start) != 9*time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		c.Wait()
	})
}

func TestRoomsOutliveAMember(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		r.Join("a")
		return r.Each(func(m wsh.Message) error { return r.Publish("a", m) })
	})
	var rooms wshtest.Rooms
	one, two := wshtest.Dialer{Rooms: &rooms}.Dial(t, h), wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
	rooms.Await(t, "a", 2)
	one.Abort()
	rooms.Await(t, "a", 1)
	for i := range 100 {
		two.SendText(fmt.Sprint(i))
	}
	for i := range 100 {
		if got := two.ReceiveText(); got != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", got, i)
		}
	}
	if err := rooms.Publish("a", wsh.Text("\xff")); !errors.Is(err, wsh.ErrBadOperation) {
		t.Errorf("publish of broken text: got %v, want ErrBadOperation", err)
	}
	two.Close(1000, "")
	if n := len(rooms.Members("a")); n != 0 {
		t.Errorf("got %d members, want 0", n)
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
	_ = rooms.Publish("a", wsh.Text("1"))
	close(on)
	if got := string(c.ReadRaw(4)); got != "head" {
		t.Errorf("got %q before the 101, want head", got)
	}
	if got := c.ReceiveText(); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	c.SendText("begin")
	<-begun
	_ = rooms.Publish("a", wsh.Text("2"))
	c.SendText("end")
	if got := c.ReceiveText(); got != "xy" {
		t.Errorf("got %q, want xy", got)
	}
}
