package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// stream is where what the rooms of one pattern publish is kept, and published again by the server with its
// number, the number before it in that room, and when.
type stream struct {
	r       *Rooms
	pattern string
	keep    room.Retention
	name    string

	begun sync.Once

	mu      sync.Mutex
	epoch   string // "": not known yet
	checked uint64 // guarded by Rooms.watch: its last number when all rooms were looked at
}

// What streams of ours say of themselves. The epoch tells a stream from one of the same name before it.
const (
	metaOurs    = "wshd"
	metaEpoch   = "wshd-epoch"
	metaPattern = "wshd-rooms"
)

func streamsOf(r *Rooms) (list []*stream) {
	for pattern, keep := range r.c.Retention {
		if keep.Messages > 0 {
			list = append(list, &stream{r: r, pattern: pattern, keep: keep, name: r.c.Prefix + "_" + token(pattern)})
		}
	}
	slices.SortFunc(list, func(a, b *stream) int { return strings.Compare(a.pattern, b.pattern) })
	return list
}

// streamOf is the one of a room; nil: it keeps nothing.
func (r *Rooms) streamOf(name string) (best *stream) {
	length := -1
	for pattern, keep := range r.c.Retention {
		prefix, open := strings.CutSuffix(pattern, "*")
		n := len(prefix)
		if pattern == name {
			n = len(name) + 1
		} else if !open || !strings.HasPrefix(name, prefix) {
			continue
		}
		if n > length {
			best, length = nil, n
			if keep.Messages > 0 {
				best = r.streams[slices.IndexFunc(r.streams, func(s *stream) bool { return s.pattern == pattern })]
			}
		}
	}
	return best
}

func (s *stream) config(epoch string) jetstream.StreamConfig {
	c := s.r.c
	subjects := "." + token(s.pattern) + ".>"
	duplicates := 2 * time.Minute
	if s.keep.Age > 0 {
		duplicates = min(duplicates, s.keep.Age)
	}
	return jetstream.StreamConfig{
		Name: s.name, Subjects: []string{c.Prefix + ".h" + subjects},
		MaxMsgsPerSubject: int64(s.keep.Messages), MaxAge: s.keep.Age, Duplicates: duplicates,
		Storage: jetstream.FileStorage, Replicas: max(1, c.Replicas), AllowDirect: true,
		RePublish: &jetstream.RePublish{Source: c.Prefix + ".h" + subjects, Destination: c.Prefix + ".l." + epoch + subjects},
		Metadata:  map[string]string{metaOurs: "1", metaEpoch: epoch, metaPattern: s.pattern},
	}
}

// ensure makes the stream if it is not there, and makes it keep what it is to keep. Of two hosts that do so at
// once one reads what the other has made.
func (s *stream) ensure(ctx context.Context, nc *natsgo.Conn) (epoch string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != "" {
		return s.epoch, nil
	}
	defer func() {
		if err == nil {
			s.r.failures.well(s.r.log, s.what())
		} else if ctx.Err() == nil {
			s.r.failures.wrong(s.r.log, s.what(), err)
		}
	}()
	js, err := jetstream.New(nc)
	if err != nil {
		return "", err
	}
	there, err := js.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		there, err = js.CreateStream(ctx, s.config(room.NewEpoch()))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			there, err = js.Stream(ctx, s.name)
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
	}
	is := there.CachedInfo().Config
	epoch = is.Metadata[metaEpoch]
	want := s.config(epoch)
	switch {
	case is.Metadata[metaOurs] != "1" || epoch == "" || is.Metadata[metaPattern] != s.pattern:
		return "", fmt.Errorf("%w: the stream %s is none of this wshd's (remove it, or set another rooms.nats.prefix)", wsh.ErrUnavailable, s.name)
	case is.Storage != want.Storage || is.RePublish == nil || *is.RePublish != *want.RePublish || !slices.Equal(is.Subjects, want.Subjects):
		return "", fmt.Errorf("%w: the stream %s is of another make (remove it, or set another rooms.nats.prefix)", wsh.ErrUnavailable, s.name)
	case is.MaxMsgsPerSubject != want.MaxMsgsPerSubject || is.MaxAge != want.MaxAge || is.Duplicates != want.Duplicates || is.Replicas != want.Replicas:
		if _, err := js.UpdateStream(ctx, want); err != nil {
			return "", fmt.Errorf("%w: change the stream %s: %w", wsh.ErrUnavailable, s.name, err)
		}
	}
	s.epoch = epoch
	s.begun.Do(func() { s.r.compareCounts(s, there.CachedInfo().State.LastSeq) })
	return epoch, nil
}

func (s *stream) what() string { return "rooms.history " + s.pattern }

// lost forgets the epoch: the stream is perhaps not there any more.
func (s *stream) lost(epoch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch == epoch {
		s.epoch = ""
	}
}
