// > shared%r
// < shared%r loaded once
// > own%d-%r
// < own%d-%r loaded once
package main

import (
	"fmt"
	"sync"

	"wshd/plugins/wsh"
)

type call[V any] struct {
	done chan struct{}
	val  V
	err  error
}

type group[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

func (g *group[K, V]) do(k K, load func(K) (V, error)) (V, error) {
	g.mu.Lock()
	if g.calls == nil {
		g.calls = make(map[K]*call[V])
	}
	c, ok := g.calls[k]
	if !ok {
		c = &call[V]{done: make(chan struct{})}
		g.calls[k] = c
	}
	g.mu.Unlock()
	if ok {
		<-c.done
		return c.val, c.err
	}
	defer close(c.done)
	c.val, c.err = load(k)
	return c.val, c.err
}

var (
	flights group[string, string]
	countMu sync.Mutex
	counts  = map[string]int{}
)

func load(k string) (string, error) {
	countMu.Lock()
	defer countMu.Unlock()
	counts[k]++
	return fmt.Sprintf("%s loaded %s", k, map[bool]string{true: "once", false: "often"}[counts[k] == 1]), nil
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		s, err := flights.do(m.Text(), load)
		if err != nil {
			return err
		}
		return r.SendText(s)
	})
}
