// > push 6 %d
// < dropped 2
// > drain
// < 2-%d 3-%d 4-%d 5-%d
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

// queue drops what is oldest when it is full.
type queue[T any] struct{ c chan T }

func (q queue[T]) push(v T) (dropped int) {
	for {
		select {
		case q.c <- v:
			return dropped
		default:
		}
		select {
		case <-q.c:
			dropped++
		default:
		}
	}
}

func (q queue[T]) drain() (all []T) {
	for {
		select {
		case v := <-q.c:
			all = append(all, v)
			continue
		default:
		}
		return all
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	q := queue[string]{make(chan string, 4)}
	return r.Each(func(m wsh.Message) error {
		f := strings.Fields(m.Text())
		if f[0] == "drain" {
			return r.SendText(strings.Join(q.drain(), " "))
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			return err
		}
		dropped := 0
		for i := range n {
			dropped += q.push(strconv.Itoa(i) + "-" + f[2])
		}
		return r.SendText(fmt.Sprint("dropped ", dropped))
	})
}
