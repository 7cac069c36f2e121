// > go %d
// < %d: never more than 5
package main

import (
	"fmt"
	"strings"
	"sync/atomic"

	"wshd/plugins/wsh"
)

type semaphore chan struct{}

func (s semaphore) run(f func()) {
	s <- struct{}{}
	defer func() { <-s }()
	f()
}

var (
	slots         = make(semaphore, 5)
	running, most atomic.Int32
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) (err error) {
		slots.run(func() {
			n := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			answer := "never more than 5"
			if most.Load() > 5 {
				answer = fmt.Sprint("once ", most.Load())
			}
			err = r.SendText(strings.TrimPrefix(m.Text(), "go ") + ": " + answer)
		})
		return err
	})
}
