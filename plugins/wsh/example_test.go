package wsh_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// In these examples the handler's hooks are what a script would declare as functions of the same
// names, and wshtest plays the client.

// accept is a DoExtraHandshake that lets everybody in.
func accept(*wsh.Request) error { return nil }

// The smallest useful handler sends every message back, until the client says Goodbye.
func ExampleHandler() {
	echo := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { return nil },
		TransferData: func(r *wsh.Request) error {
			for {
				msg, err := r.ReceiveMessage()
				if err != nil {
					return err // io.EOF once the client has closed
				}
				if err := r.SendMessage(msg); err != nil {
					return err
				}
				if msg.Text() == "Goodbye" {
					return nil // closes with 1000
				}
			}
		},
	}
	c := wshtest.Dial(nil, echo)
	c.SendText("发送数据")
	fmt.Println(c.ReceiveText())
	c.SendText("Goodbye")
	fmt.Println(c.ReceiveText())
	fmt.Println(c.Wait().Code)
	// Output:
	// 发送数据
	// Goodbye
	// 1000
}

// The client closes first, and the handler says what to answer.
func ExampleHandler_passiveClosingHandshake() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData:     func(r *wsh.Request) error { return r.Each(r.SendMessage) },
		PassiveClosingHandshake: func(r *wsh.Request) (wsh.StatusCode, string, error) {
			if r.CloseCode == wsh.StatusGoingAway {
				return wsh.StatusNormalClosure, "come back", nil
			}
			return r.CloseCode, r.CloseReason, nil
		},
	}
	end := wshtest.Dial(nil, h).Close(wsh.StatusGoingAway, "")
	fmt.Println(end.Code, end.Reason)
	end = wshtest.Dial(nil, h).Close(4321, "done")
	fmt.Println(end.Code, end.Reason)
	// Output:
	// 1000 come back
	// 4321 done
}

// A client offers subprotocols; the handler chooses one, or refuses.
func ExampleRequest_subprotocol() {
	h := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			for _, name := range r.RequestedProtocols {
				if name == "chat.v2" || name == "chat.v1" {
					r.Protocol = name
					return nil
				}
			}
			return &wsh.HandshakeError{Status: http.StatusBadRequest, Reason: "speak chat.v2 or chat.v1"}
		},
		TransferData: func(r *wsh.Request) error { return r.SendText("this is " + r.Protocol) },
	}
	c := wshtest.Dialer{Protocols: []string{"chat.v3", "chat.v2"}}.Dial(nil, h)
	fmt.Println(c.Response().Protocol)
	fmt.Println(c.ReceiveText())
	c.Wait()

	refused := wshtest.Dialer{Protocols: []string{"soap"}}.Dial(nil, h).Response()
	fmt.Println(refused.Status, refused.Reason)
	// Output:
	// chat.v2
	// this is chat.v2
	// 400 speak chat.v2 or chat.v1
}

// The handshake hook sees the whole request, and may add headers and leave something for TransferData.
func ExampleRequest() {
	h := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			r.Data = r.URL.Query().Get("name")
			r.ExtraHeaders.Add("Set-Cookie", "seen=yes")
			return nil
		},
		TransferData: func(r *wsh.Request) error {
			return r.SendText(fmt.Sprintf("hello %s from %s", r.Data, r.Origin))
		},
	}
	c := wshtest.Dialer{Resource: "/hello?name=Ann", Origin: "https://example.com"}.Dial(nil, h)
	fmt.Println(c.Response().Header.Get("Set-Cookie"))
	fmt.Println(c.ReceiveText())
	c.Wait()
	// Output:
	// seen=yes
	// hello Ann from https://example.com
}

func ExampleHandshakeError() {
	h := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			if r.Header.Get("Cookie") == "" {
				return &wsh.HandshakeError{
					Status: http.StatusUnauthorized,
					Reason: "log in first",
					Header: http.Header{"WWW-Authenticate": {"Basic"}},
				}
			}
			return nil
		},
		TransferData: func(r *wsh.Request) error { return nil },
	}
	refused := wshtest.Dial(nil, h).Response()
	fmt.Println(refused.Status, refused.Reason, refused.Header.Get("WWW-Authenticate"))
	// Output: 401 log in first Basic
}

func ExampleCloseError() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			return r.Each(func(m wsh.Message) error {
				if m.Binary {
					return &wsh.CloseError{Code: wsh.StatusUnsupportedData, Reason: "text only"}
				}
				return r.SendMessage(m)
			})
		},
	}
	c := wshtest.Dial(nil, h)
	c.SendBinary([]byte{0, 1})
	end := c.Wait()
	fmt.Println(end.Code, end.Reason)
	// Output: 1003 text only
}

// Each is the loop of most handlers: until the client closes, or the function returns an error.
func ExampleRequest_Each() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			total := 0
			return r.Each(func(m wsh.Message) error {
				total += len(m.Data)
				return r.SendText(fmt.Sprintf("%d bytes so far", total))
			})
		},
	}
	c := wshtest.Dial(nil, h)
	c.SendText("four")
	c.SendBinary(make([]byte, 100))
	fmt.Println(c.ReceiveText())
	fmt.Println(c.ReceiveText())
	fmt.Println(c.Close(1000, "").Err)
	// Output:
	// 4 bytes so far
	// 104 bytes so far
	// <nil>
}

// ReceiveTimeout waits for a message and does something else when none comes: here it sends the time.
func ExampleRequest_ReceiveTimeout() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			for {
				msg, err := r.ReceiveTimeout(10 * time.Millisecond)
				switch {
				case errors.Is(err, wsh.ErrTimeout):
					err = r.SendText("tick")
				case err == nil:
					err = r.SendText("you said " + msg.Text())
				}
				if err != nil {
					return err
				}
			}
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Println(c.ReceiveText())
	c.SendText("stop")
	for {
		if text := c.ReceiveText(); text != "tick" {
			fmt.Println(text)
			break
		}
	}
	c.Close(1000, "")
	// Output:
	// tick
	// you said stop
}

// A long message goes out in fragments, as it is made.
func ExampleRequest_SendFragment() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			for _, word := range []string{"one ", "two "} {
				if err := r.SendFragment(wsh.Text(word), false); err != nil {
					return err
				}
			}
			return r.SendFragment(wsh.Text("three"), true)
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Println(c.ReceiveText())
	c.Wait()
	// Output: one two three
}

// A pong measures how long the way to the client and back is.
func ExampleRequest_OnPong() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			sent := time.Now()
			r.OnPong(func(body []byte) {
				if string(body) == "1" && time.Since(sent) < time.Hour {
					_ = r.SendText("the client answers") // if it is gone, Each returns
				}
			})
			if err := r.SendPing([]byte("1")); err != nil {
				return err
			}
			return r.Each(func(wsh.Message) error { return nil })
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Println(c.ReceiveText())
	c.Close(1000, "")
	// Output: the client answers
}

// CloseConnection closes in the middle of TransferData, which can look at the answer.
func ExampleRequest_CloseConnection() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			if err := r.CloseConnection(4000, "time is up"); err != nil {
				return err
			}
			fmt.Println("the client answered", r.CloseCode)
			return nil
		},
	}
	end := wshtest.Dial(nil, h).Wait()
	fmt.Println(end.Code, end.Reason)
	// Output:
	// the client answered 4000
	// 4000 time is up
}

// A handler that only sends looks at Context to see that the client is gone.
func ExampleRequest_Context() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			ticker := time.NewTicker(time.Millisecond)
			defer ticker.Stop()
			for {
				select {
				case <-r.Context().Done():
					return context.Cause(r.Context())
				case <-ticker.C:
					if err := r.SendText("tick"); err != nil {
						return err
					}
				}
			}
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Println(c.ReceiveText())
	c.Abort()
	// Output: tick
}
