// > %d
// < %d is in
package main

import (
	"fmt"
	"sync"
	"wshd/plugins/wsh"
)

type Room struct {
	sync.Mutex
	seen map[string]int
}

func (room *Room) Enter(name string) (n int) {
	room.Lock()
	defer room.Unlock()
	room.seen[name]++
	return room.seen[name]
}

var room = &Room{seen: map[string]int{}}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for i := 1; ; i++ {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if n := room.Enter(m.Text()); n != i {
			return fmt.Errorf("got %d, want %d", n, i)
		}
		if err := r.SendText(m.Text() + " is in"); err != nil {
			return err
		}
	}
}
