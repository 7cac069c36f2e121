// > set %d-a 1
// < ok
// > set %d-b 2
// < ok
// > get %d-a
// < 1
// > get %d-none
// < missing
package main

import (
	"container/list"
	"strings"
	"sync"

	"wshd/plugins/wsh"
)

type cache[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	order *list.List
	byKey map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newCache[K comparable, V any](max int) *cache[K, V] {
	return &cache[K, V]{max: max, order: list.New(), byKey: make(map[K]*list.Element)}
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[k]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry[K, V]).value, true
}

func (c *cache[K, V]) set(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[k]; ok {
		e.Value.(*entry[K, V]).value = v
		c.order.MoveToFront(e)
		return
	}
	c.byKey[k] = c.order.PushFront(&entry[K, V]{k, v})
	if c.order.Len() > c.max {
		last := c.order.Back()
		delete(c.byKey, c.order.Remove(last).(*entry[K, V]).key)
	}
}

var shared = newCache[string, string](100)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		switch f := strings.Fields(m.Text()); {
		case len(f) == 3 && f[0] == "set":
			shared.set(f[1], f[2])
			return r.SendText("ok")
		case len(f) == 2 && f[0] == "get":
			if v, ok := shared.get(f[1]); ok {
				return r.SendText(v)
			}
			return r.SendText("missing")
		default:
			return r.SendText("?")
		}
	})
}
