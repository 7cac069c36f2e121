package wshtest_test

import (
	"fmt"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

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
