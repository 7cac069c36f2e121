// > %d
// < ok %d
package main

import (
	"sync"
	"time"
	"wshd/plugins/wsh"
)

type Bucket struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

func (b *Bucket) Allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(1000, b.tokens+now.Sub(b.last).Seconds()*1e6)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

var buckets sync.Map

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	b, _ := buckets.LoadOrStore(r, &Bucket{tokens: 1000, last: time.Now()})
	defer buckets.Delete(r)
	bucket := b.(*Bucket)
	return r.Each(func(m wsh.Message) error {
		if !bucket.Allow(time.Now()) {
			return r.SendText("slow down")
		}
		return r.SendText("ok " + m.Text())
	})
}
