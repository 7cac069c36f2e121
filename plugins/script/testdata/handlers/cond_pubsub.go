// > %d/%r
// < seen %d/%r
package main

import (
	"fmt"
	"sync"

	"wshd/plugins/wsh"
)

// topic is a log that readers follow.
type topic struct {
	mu   sync.Mutex
	grew *sync.Cond
	log  []string
}

func newTopic() *topic {
	t := &topic{}
	t.grew = sync.NewCond(&t.mu)
	return t
}

func (t *topic) publish(s string) {
	t.mu.Lock()
	t.log = append(t.log, s)
	t.mu.Unlock()
	t.grew.Broadcast()
}

// await returns the position after s, read from position from on.
func (t *topic) await(from int, s string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := from; ; i++ {
		for i >= len(t.log) {
			t.grew.Wait()
		}
		if t.log[i] == s {
			return i + 1
		}
	}
}

var news = newTopic()

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	at := 0
	return r.Each(func(m wsh.Message) error {
		go news.publish(m.Text())
		at = news.await(at, m.Text())
		return r.SendText(fmt.Sprint("seen ", m.Text()))
	})
}
