package worker

import (
	"context"
	"time"

	"wshd/plugins/wsh"
)

// OpenStore implements wsh.Rooms.
func (r *hostRooms) OpenStore(name string) (wsh.KeyValue, error) {
	if _, err := r.call(roomCall{Do: "open", Store: name}, nil); err != nil {
		return nil, err
	}
	return &hostStore{r, name}, nil
}

// hostStore is one of the host's stores, in a handler's process. It implements wsh.KeyValue.
type hostStore struct {
	r    *hostRooms
	name string
}

// Get implements wsh.KeyValue.
func (s *hostStore) Get(key string) ([]byte, uint64, error) {
	a, err := s.r.call(roomCall{Do: "get", Store: s.name, Key: key}, nil)
	if err != nil {
		return nil, 0, err
	}
	return a.data, a.Is, nil
}

// Put implements wsh.KeyValue.
func (s *hostStore) Put(key string, value []byte, age time.Duration) error {
	_, err := s.r.call(roomCall{Do: "put", Store: s.name, Key: key, Age: age}, value)
	return err
}

// Swap implements wsh.KeyValue.
func (s *hostStore) Swap(key string, value []byte, was uint64) (bool, error) {
	a, err := s.r.call(roomCall{Do: "swap", Store: s.name, Key: key, Was: was}, value)
	if err != nil {
		return false, err
	}
	return a.OK, nil
}

// Delete implements wsh.KeyValue.
func (s *hostStore) Delete(key string) error {
	_, err := s.r.call(roomCall{Do: "delete", Store: s.name, Key: key}, nil)
	return err
}

// Keys implements wsh.KeyValue.
func (s *hostStore) Keys(prefix string) ([]string, error) {
	a, err := s.r.call(roomCall{Do: "keys", Store: s.name, Key: prefix}, nil)
	if err != nil {
		return nil, err
	}
	return a.Keys, nil
}

// Watch implements wsh.KeyValue.
func (s *hostStore) Watch(ctx context.Context, prefix string, f func(wsh.Entry)) error {
	return s.r.watch(ctx, roomCall{Do: "entries", Store: s.name, Key: prefix}, func(a *roomAnswer) {
		if a.Entry != nil {
			e := *a.Entry
			e.Value = a.data
			f(e)
		}
	})
}
