// > 1 %d
// > 2 %d
// > flush
// < 1=%d,2=%d
package main

import (
	"maps"
	"slices"
	"strings"
	"wshd/plugins/wsh"
)

type pending[K comparable, V any] struct{ m map[K]chan V }

func (p *pending[K, V]) get(k K) chan V {
	c, ok := p.m[k]
	if !ok {
		c = make(chan V, 1)
		p.m[k] = c
	}
	return c
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	p := &pending[string, string]{map[string]chan string{}}
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		id, value, ok := strings.Cut(m.Text(), " ")
		if ok {
			c := p.get(id)
			go func() { c <- value }()
			continue
		}
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(p.m)) {
			parts = append(parts, k+"="+<-p.m[k])
		}
		clear(p.m)
		if err := r.SendText(strings.Join(parts, ",")); err != nil {
			return err
		}
	}
}
