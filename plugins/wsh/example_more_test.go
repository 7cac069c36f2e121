package wsh_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// Everybody in the room gets what anybody says.
func ExampleRequest_Join() {
	chat := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error {
			r.Name = r.URL.Query().Get("name")
			return nil
		},
		TransferData: func(r *wsh.Request) error {
			room := r.Join("lobby")
			return r.Each(func(m wsh.Message) error {
				return room.Publish(wsh.Text(r.Name + ": " + m.Text()))
			})
		},
	}
	var rooms wshtest.Rooms
	ann := wshtest.Dialer{Resource: "/chat?name=Ann", Rooms: &rooms}.Dial(nil, chat)
	bob := wshtest.Dialer{Resource: "/chat?name=Bob", Rooms: &rooms}.Dial(nil, chat)
	rooms.Await(nil, "lobby", 2)
	ann.SendText("hi")
	fmt.Println(bob.ReceiveText())
	fmt.Println(ann.ReceiveText())
	ann.Close(1000, "")
	bob.Close(1000, "")
	// Output:
	// Ann: hi
	// Ann: hi
}

// Members tells who is there.
func ExampleRoom_Members() {
	h := &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { r.Name = "Ann"; return nil },
		TransferData: func(r *wsh.Request) error {
			room := r.Join("lobby")
			for _, m := range room.Members() {
				if err := r.SendText(m.Name); err != nil {
					return err
				}
			}
			room.Leave()
			return r.SendText(fmt.Sprint(room.Len()))
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Println(c.ReceiveText(), c.ReceiveText())
	c.Wait()
	// Output: Ann 0
}

// Publish reaches a room from a timer, or from ServeHTTP, where there is no Request.
func ExamplePublish() {
	var rooms wshtest.Rooms
	defer wsh.Serve(&rooms)() // a host does this
	c := wshtest.Dialer{Rooms: &rooms}.Dial(nil, &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			r.Join("news")
			return r.Each(func(wsh.Message) error { return nil })
		},
	})
	rooms.Await(nil, "news", 1)
	if err := wsh.Publish("news", wsh.Text("it is noon")); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.ReceiveText())
	c.Close(1000, "")
	// Output: it is noon
}

// A MessageReceiver lets the handler look for messages between other work.
func ExampleMessageReceiver() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			rcv := wsh.NewMessageReceiver(r)
			for step := 1; ; step++ {
				if err := r.SendText(fmt.Sprintf("step %d", step)); err != nil {
					return err
				}
				if msg, ok := rcv.ReceiveNowait(); ok && msg.Text() == "stop" {
					return r.SendText("stopped")
				}
				if err := rcv.Err(); err != nil && rcv.Len() == 0 {
					return err
				}
			}
		},
	}
	c := wshtest.Dialer{Window: 100}.Dial(nil, h)
	fmt.Println(c.ReceiveText())
	fmt.Println(c.ReceiveText())
	c.SendText("stop")
	for {
		if text := c.ReceiveText(); text == "stopped" {
			fmt.Println(text)
			break
		}
	}
	c.Wait()
	// Output:
	// step 1
	// step 2
	// stopped
}

// A MessageSender keeps a slow client from holding the handler up. What does not fit is dropped.
func ExampleMessageSender() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			snd := wsh.NewMessageSender(r, 10)
			dropped := 0
			for i := range 1000 {
				err := snd.SendNowait(wsh.Text(fmt.Sprintf("position %d", i)))
				if errors.Is(err, wsh.ErrQueueFull) {
					dropped++
				} else if err != nil {
					return err
				}
			}
			fmt.Println("some were dropped:", dropped > 0)
			return snd.Send(wsh.Text("the end")) // waits
		},
	}
	c := wshtest.Dialer{Window: 20}.Dial(nil, h) // a client that takes 20 bytes and then must read
	for {
		if text := c.ReceiveText(); text == "the end" {
			fmt.Println(text)
			break
		}
	}
	c.Wait()
	// Output:
	// some were dropped: true
	// the end
}

// Frame and WriteRaw are for people who test clients: here with an unknown opcode.
func ExampleFrame() {
	fmt.Printf("% x\n", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeText}, []byte("Hi")))
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			return r.WriteRaw(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 0x3}, nil))
		},
	}
	c := wshtest.Dial(nil, h)
	fmt.Printf("% x\n", c.ReadRaw(2))
	c.Wait()
	// Output:
	// 81 02 48 69
	// 83 00
}

// CloseFrame can say what a handler may not: this one carries 1005.
func ExampleCloseFrame() {
	fmt.Printf("% x\n", wsh.CloseFrame(wsh.StatusNoStatusReceived, ""))
	fmt.Printf("% x\n", wsh.CloseFrame(4000, "bye"))
	// Output:
	// 88 02 03 ed
	// 88 05 0f a0 62 79 65
}

// The key is the one of RFC 6455, section 1.3.
func ExampleAcceptKey() {
	fmt.Println(wsh.AcceptKey("dGhlIHNhbXBsZSBub25jZQ=="))
	// Output: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
}

// Log writes to the host's log.
func ExampleRequest_Log() {
	h := &wsh.Handler{
		DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			r.Log().Info("order placed", "items", 3)
			return nil
		},
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	wshtest.Dialer{Log: log}.Dial(nil, h).Wait()
	// Output: level=INFO msg="order placed" items=3
}
