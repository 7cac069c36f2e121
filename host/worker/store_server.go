package worker

import (
	"context"

	"wshd/plugins/wsh"
)

// store makes one call about a store.
func (l *roomServer) store(c *roomCall, data []byte, a *roomAnswer) error {
	k, err := l.keyValue(c.Store)
	if err != nil {
		return err
	}
	switch c.Do {
	case "get":
		a.data, a.Is, err = k.Get(c.Key)
	case "put":
		err = k.Put(c.Key, data, c.Age)
	case "swap":
		a.OK, err = k.Swap(c.Key, data, c.Was)
	case "delete":
		err = k.Delete(c.Key)
	case "keys":
		a.Keys, err = k.Keys(c.Key)
	case "entries":
		err = l.watch(c, func(ctx context.Context) error {
			return k.Watch(ctx, c.Key, func(e wsh.Entry) {
				value := e.Value
				e.Value = nil
				_ = l.f.write(frameDeliver, c.Membership, &roomAnswer{Entry: &e}, value) // else it has gone
			})
		})
	}
	return err
}

// keyValue is what keeps a store: it is opened once for a process.
func (l *roomServer) keyValue(name string) (wsh.KeyValue, error) {
	l.mu.Lock()
	k := l.stores[name]
	l.mu.Unlock()
	if k != nil {
		return k, nil
	}
	k, err := l.rooms.OpenStore(name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.stores[name] = k
	l.mu.Unlock()
	return k, nil
}
