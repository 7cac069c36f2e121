package wsh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bounds of a Store.
const (
	MaxKey   = 1000    // bytes of a key
	MaxValue = 1 << 20 // bytes of a value
	MinAge   = time.Second
)

// Store keeps values under keys, for all handlers that open it by its name, on all hosts that share NATS
// servers. It outlasts a reload, and with rooms.store or rooms.nats a restart. Make one with OpenStore.
//
// Keys are any text of at most 1,000 bytes; a slash makes folders of them. Values are bytes, at most 1 MiB.
// Methods return ErrUnavailable, within three seconds, when what keeps the store cannot be reached or has no
// more space, and ErrBadOperation for a key, value or age that cannot be.
type Store struct {
	name   string
	keeper KeyValue
}

// Entry is what Store.Watch tells of.
type Entry struct {
	Key     string
	Value   []byte
	Deleted bool // by Delete, or since its age has passed
}

// KeyValue is what keeps a Store. Handler scripts do not use it: hosts and tests have their own. Revisions are
// above 0, and another for each value of a key.
type KeyValue interface {
	Get(key string) (value []byte, revision uint64, err error)      // ErrNotFound
	Put(key string, value []byte, age time.Duration) error          // age 0: for good
	Swap(key string, value []byte, was uint64) (ok bool, err error) // not ok: the revision is another; 0: there is no value
	Delete(key string) error
	Keys(prefix string) ([]string, error)
	Watch(ctx context.Context, prefix string, f func(Entry)) error
}

// OpenStore opens the store of that name, any text, and makes it if it is not there.
func OpenStore(name string) (*Store, error) {
	rooms, err := served()
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", name, err)
	}
	k, err := rooms.OpenStore(name)
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", name, err)
	}
	return &Store{name, k}, nil
}

// Get returns the value of a key, or ErrNotFound.
func (s *Store) Get(key string) ([]byte, error) {
	value, _, err := s.get(key)
	return value, s.failed("get", key, err)
}

func (s *Store) get(key string) (value []byte, revision uint64, err error) {
	if err := fits(key, nil); err != nil {
		return nil, 0, err
	}
	return s.keeper.Get(key)
}

// Put gives a key a value, for good.
func (s *Store) Put(key string, value []byte) error { return s.put(key, value, 0) }

// PutFor gives a key a value for some time, at least a second. Put or Update before it has passed, and the value
// is there for good.
func (s *Store) PutFor(key string, value []byte, age time.Duration) error {
	if age < MinAge {
		return s.failed("put", key, fmt.Errorf("%w: an age of %v (at least 1s)", ErrBadOperation, age))
	}
	return s.put(key, value, age)
}

func (s *Store) put(key string, value []byte, age time.Duration) error {
	err := fits(key, value)
	if err == nil {
		err = s.keeper.Put(key, value, age)
	}
	return s.failed("put", key, err)
}

// maxUpdates bounds how often Update tries.
const maxUpdates = 1000

// Update gives a key the value that f makes of its present one, nil if it has none. If another changes it
// meanwhile f is called again, with that. An error of f's is returned as it is, and nothing changes.
func (s *Store) Update(key string, f func(old []byte) ([]byte, error)) error {
	for range maxUpdates {
		old, revision, err := s.get(key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return s.failed("update", key, err)
		}
		value, err := f(old)
		if err != nil {
			return err
		}
		if err := fits(key, value); err != nil {
			return s.failed("update", key, err)
		}
		if ok, err := s.keeper.Swap(key, value, revision); ok || err != nil {
			return s.failed("update", key, err)
		}
	}
	return s.failed("update", key, fmt.Errorf("%w: others have changed it %d times meanwhile", ErrUnavailable, maxUpdates))
}

// Delete takes a key away. If there is none that is no error.
func (s *Store) Delete(key string) error {
	err := fits(key, nil)
	if err == nil {
		err = s.keeper.Delete(key)
	}
	return s.failed("delete", key, err)
}

// Keys lists the keys in a folder, sorted: all that begin with prefix, which ends in a slash or is "".
func (s *Store) Keys(prefix string) ([]string, error) {
	err := isFolder(prefix)
	var keys []string
	if err == nil {
		keys, err = s.keeper.Keys(prefix)
	}
	return keys, s.failed("keys", prefix, err)
}

// Watch calls f for each key in a folder, as for Keys, and then for each that changes, until ctx ends: then it
// returns nil. It calls f by one goroutine, its caller's. Of changes that follow each other closely it may tell
// the last only.
func (s *Store) Watch(ctx context.Context, prefix string, f func(Entry)) error {
	err := isFolder(prefix)
	if err == nil {
		err = s.keeper.Watch(ctx, prefix, f)
	}
	if ctx.Err() != nil {
		return nil
	}
	return s.failed("watch", prefix, err)
}

func (s *Store) failed(what, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store %q: %s %.100q: %w", s.name, what, key, err)
}

func fits(key string, value []byte) error {
	switch {
	case len(key) > MaxKey:
		return fmt.Errorf("%w: a key of %d bytes (at most %d)", ErrBadOperation, len(key), MaxKey)
	case len(value) > MaxValue:
		return fmt.Errorf("%w: a value of %d bytes (at most %d)", ErrBadOperation, len(value), MaxValue)
	}
	return nil
}

func isFolder(prefix string) error {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		return fmt.Errorf("%w: a prefix ends in a slash", ErrBadOperation)
	}
	return fits(prefix, nil)
}
