package nats

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"wshd/plugins/wsh"
)

// keyValue is a store in a key-value bucket of NATS.
type keyValue struct {
	r      *Rooms
	bucket string

	mu sync.Mutex
	of *natsgo.Conn // that kv was made with
	kv jetstream.KeyValue
}

// OpenStore finds or makes the store of that name.
func (r *Rooms) OpenStore(name string) (wsh.KeyValue, error) {
	k := &keyValue{r: r, bucket: r.c.Prefix + "_s_" + token(name)}
	if t := token(name); t[0] == '~' {
		sum := sha256.Sum256([]byte(name))
		k.bucket = r.c.Prefix + "_S_" + hex.EncodeToString(sum[:])
	}
	return k, k.do(func(context.Context, jetstream.JetStream, jetstream.KeyValue) error { return nil })
}

// markers is how long a bucket keeps that a key has gone, for those who watch.
const markers = time.Hour

// do calls what needs the bucket.
func (k *keyValue) do(call func(context.Context, jetstream.JetStream, jetstream.KeyValue) error) error {
	ctx, cancel := context.WithTimeout(k.r.ctx, patience)
	defer cancel()
	nc, err := k.r.reach(ctx)
	if err != nil {
		return err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return unavailable(err)
	}
	kv, err := k.made(ctx, nc, js)
	if err != nil {
		k.r.failures.wrong(k.r.log, "store "+k.bucket, err)
		return unavailable(err)
	}
	return unavailable(call(ctx, js, kv))
}

func (k *keyValue) made(ctx context.Context, nc *natsgo.Conn, js jetstream.JetStream) (jetstream.KeyValue, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nc {
		return k.kv, nil
	}
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: k.bucket, History: 1, MaxValueSize: wsh.MaxValue + 4<<10, LimitMarkerTTL: markers,
		Storage: jetstream.FileStorage, Replicas: max(1, k.r.c.Replicas), Metadata: map[string]string{metaOurs: "1"},
	})
	if err == nil {
		k.of, k.kv = nc, kv
	}
	return kv, err
}

// unavailable is err for a handler: whatever it is not itself to blame for.
func unavailable(err error) error {
	if err == nil || errors.Is(err, wsh.ErrNotFound) || errors.Is(err, wsh.ErrBadOperation) || errors.Is(err, wsh.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
}

// keyToken is a key as NATS takes it: each part of its path by itself, so that folders are its folders.
func keyToken(key string) string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		if parts[i] = base64.RawURLEncoding.EncodeToString([]byte(p)); p == "" {
			parts[i] = "="
		}
	}
	return strings.Join(parts, ".")
}

func keyOf(token string) (string, bool) {
	parts := strings.Split(token, ".")
	for i, p := range parts {
		if p == "=" {
			p = ""
		}
		text, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return "", false
		}
		parts[i] = string(text)
	}
	return strings.Join(parts, "/"), true
}

// folder is the pattern of all keys under a prefix.
func folder(prefix string) string {
	if prefix == "" {
		return ">"
	}
	return keyToken(strings.TrimSuffix(prefix, "/")) + ".>"
}

func (k *keyValue) subject(key string) string { return "$KV." + k.bucket + "." + keyToken(key) }

// Get asks the stream's leader: a copy may be behind what this very host has put.
func (k *keyValue) Get(key string) (value []byte, revision uint64, err error) {
	err = k.do(func(ctx context.Context, js jetstream.JetStream, _ jetstream.KeyValue) error {
		value, revision, err = k.leaderGet(ctx, js.Conn(), key)
		return err
	})
	return value, revision, err
}

func (k *keyValue) leaderGet(ctx context.Context, nc *natsgo.Conn, key string) (value []byte, revision uint64, err error) {
	body, err := json.Marshal(map[string]string{"last_by_subj": k.subject(key)})
	if err != nil {
		return nil, 0, err
	}
	answer, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET.KV_"+k.bucket, body)
	if err != nil {
		return nil, 0, err
	}
	var m struct {
		Message *struct {
			Seq        uint64
			Hdrs, Data []byte
		}
		Error *apiError
	}
	if err := json.Unmarshal(answer.Data, &m); err != nil {
		return nil, 0, err
	}
	switch {
	case m.Error != nil && m.Error.ErrCode == int(jetstream.JSErrCodeMessageNotFound):
		return nil, 0, wsh.ErrNotFound
	case m.Error != nil:
		return nil, 0, m.Error
	case m.Message == nil:
		return nil, 0, errors.New("the stream's leader answers nothing")
	}
	if head := string(m.Message.Hdrs); strings.Contains(head, "\r\nKV-Operation:") || strings.Contains(head, "\r\nNats-Marker-Reason:") {
		return nil, 0, wsh.ErrNotFound // what is there says that it has gone
	}
	return m.Message.Data, m.Message.Seq, nil
}

// Put publishes with an age where there is one: the client's own Put knows none.
func (k *keyValue) Put(key string, value []byte, age time.Duration) error {
	return k.do(func(ctx context.Context, js jetstream.JetStream, _ jetstream.KeyValue) error {
		var options []jetstream.PublishOpt
		if age > 0 {
			options = append(options, jetstream.WithMsgTTL(age.Round(time.Second)))
		}
		_, err := js.PublishMsg(ctx, &natsgo.Msg{Subject: k.subject(key), Data: value}, options...)
		return err
	})
}

// wrongLast are a server's words that the key has been changed meanwhile.
var wrongLast = []jetstream.ErrorCode{jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant}

func (k *keyValue) Swap(key string, value []byte, was uint64) (ok bool, err error) {
	err = k.do(func(ctx context.Context, js jetstream.JetStream, kv jetstream.KeyValue) error {
		if was == 0 {
			_, err = kv.Create(ctx, keyToken(key), value)
		} else {
			_, err = kv.Update(ctx, keyToken(key), value, was)
		}
		var api *jetstream.APIError
		if errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) && slices.Contains(wrongLast, api.ErrorCode) {
			return nil
		}
		ok = err == nil
		return err
	})
	return ok, err
}

func (k *keyValue) Delete(key string) error {
	return k.do(func(ctx context.Context, _ jetstream.JetStream, kv jetstream.KeyValue) error {
		return kv.Delete(ctx, keyToken(key))
	})
}

func (k *keyValue) Keys(prefix string) (keys []string, err error) {
	err = k.do(func(ctx context.Context, _ jetstream.JetStream, kv jetstream.KeyValue) error {
		list, err := kv.ListKeysFiltered(ctx, folder(prefix))
		if err != nil {
			return err
		}
		for t := range list.Keys() {
			if key, ok := keyOf(t); ok {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		return ctx.Err()
	})
	return keys, err
}

// Watch goes on through reconnects; ctx or the end of the host ends it.
func (k *keyValue) Watch(ctx context.Context, prefix string, f func(wsh.Entry)) error {
	var watcher jetstream.KeyWatcher
	err := k.do(func(_ context.Context, _ jetstream.JetStream, kv jetstream.KeyValue) (err error) {
		watcher, err = kv.Watch(ctx, folder(prefix))
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }() // its error is that of the connection
	begun := false
	for {
		select {
		case e, ok := <-watcher.Updates():
			if !ok {
				return fmt.Errorf("%w: the watch has ended", wsh.ErrUnavailable)
			}
			if e == nil { // all that was there has been told
				begun = true
				continue
			}
			key, ok := keyOf(e.Key())
			gone := e.Operation() != jetstream.KeyValuePut
			if ok && (begun || !gone) {
				f(wsh.Entry{Key: key, Value: e.Value(), Deleted: gone})
			}
		case <-ctx.Done():
			return nil
		case <-k.r.ctx.Done():
			return wsh.ErrClosed
		}
	}
}
