package wsh

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemoryStores are stores in memory. Handler scripts do not use it: hosts without a folder or servers do, and
// tests. The zero value is ready.
type MemoryStores struct {
	// Grow is told what a change takes more, in bytes, or less, and whether it may. nil: it may.
	Grow func(n int) bool

	mu     sync.Mutex
	stores map[string]*memoryStore
}

// Open finds or makes the store of that name.
func (m *MemoryStores) Open(name string) KeyValue {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stores == nil {
		m.stores = map[string]*memoryStore{}
	}
	s := m.stores[name]
	if s == nil {
		s = &memoryStore{grow: m.Grow, values: map[string]*value{}}
		m.stores[name] = s
	}
	return s
}

type memoryStore struct {
	grow func(n int) bool

	mu       sync.Mutex
	values   map[string]*value
	revision uint64
	changed  chan struct{} // closed by the next change; nil: nobody waits
}

type value struct {
	data     []byte
	revision uint64
	expires  *time.Timer // nil: it does not
}

// valueWeight is about what a value takes besides its bytes.
const valueWeight = 200

func (s *memoryStore) Get(key string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[key]
	if v == nil {
		return nil, 0, ErrNotFound
	}
	return bytes.Clone(v.data), v.revision, nil
}

func (s *memoryStore) Put(key string, data []byte, age time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set(key, data, age)
}

func (s *memoryStore) Swap(key string, data []byte, was uint64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var is uint64
	if v := s.values[key]; v != nil {
		is = v.revision
	}
	if is != was {
		return false, nil
	}
	err := s.set(key, data, 0)
	return err == nil, err
}

// set gives a key a value; mu is held.
func (s *memoryStore) set(key string, data []byte, age time.Duration) error {
	old := s.values[key]
	more := valueWeight + len(key) + len(data)
	if old != nil {
		more = len(data) - len(old.data)
	}
	if s.grow != nil && !s.grow(more) {
		return fmt.Errorf("%w: there is no more space (rooms.history_size)", ErrUnavailable)
	}
	if old != nil && old.expires != nil {
		old.expires.Stop()
	}
	s.revision++
	v := &value{data: append(make([]byte, 0, len(data)), data...), revision: s.revision}
	if age > 0 {
		v.expires = time.AfterFunc(age, func() { s.expire(key, v) })
	}
	s.values[key] = v
	s.change()
	return nil
}

func (s *memoryStore) expire(key string, v *value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[key] == v {
		s.remove(key, v)
	}
}

func (s *memoryStore) Delete(key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.values[key]; v != nil {
		if v.expires != nil {
			v.expires.Stop()
		}
		s.remove(key, v)
	}
	return nil
}

func (s *memoryStore) remove(key string, v *value) {
	delete(s.values, key)
	if s.grow != nil {
		s.grow(-valueWeight - len(key) - len(v.data))
	}
	s.change()
}

func (s *memoryStore) change() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

func (s *memoryStore) Keys(prefix string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for key := range s.values {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Watch compares the folder with what it has told, whenever something has changed.
func (s *memoryStore) Watch(ctx context.Context, prefix string, f func(Entry)) error {
	told := map[string]uint64{}
	for ctx.Err() == nil {
		entries, changed := s.since(prefix, told)
		for _, e := range entries {
			if ctx.Err() == nil {
				f(e)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return nil
}

// since is what is otherwise than told, in order of its change, and what the next change closes.
func (s *memoryStore) since(prefix string, told map[string]uint64) (entries []Entry, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for key, v := range s.values {
		if strings.HasPrefix(key, prefix) && told[key] != v.revision {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return int(int64(s.values[a].revision) - int64(s.values[b].revision)) })
	for key := range told {
		if s.values[key] == nil {
			delete(told, key)
			entries = append(entries, Entry{Key: key, Deleted: true})
		}
	}
	for _, key := range keys {
		v := s.values[key]
		told[key] = v.revision
		entries = append(entries, Entry{Key: key, Value: bytes.Clone(v.data)})
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return entries, s.changed
}
