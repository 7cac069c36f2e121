// > up
// < voted up
// > down
// < voted down
// > mine
// < 1 up 1 down, total even: true
package main

import (
	"fmt"
	"sync/atomic"

	"wshd/plugins/wsh"
)

type tally struct {
	up, down atomic.Int64
	last     atomic.Pointer[string]
	closed   atomic.Bool
}

var total tally
var balance int64

func (t *tally) vote(how string) {
	switch how {
	case "up":
		t.up.Add(1)
		atomic.AddInt64(&balance, 1)
	case "down":
		t.down.Add(1)
		atomic.AddInt64(&balance, -1)
	}
	t.last.Store(&how)
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var mine tally
	return r.Each(func(m wsh.Message) error {
		if m.Is("mine") {
			even := (mine.up.Load()+mine.down.Load())%2 == 0 && total.up.Load() > 0 && *total.last.Load() != ""
			s := fmt.Sprintf("%d up %d down, total even: %v", mine.up.Swap(0), mine.down.Swap(0), even)
			return r.SendText(s)
		}
		mine.vote(m.Text())
		total.vote(m.Text())
		return r.SendText("voted " + *mine.last.Load())
	})
}
