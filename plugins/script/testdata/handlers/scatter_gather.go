// > 3 %d
// < [0-%d 1-%d 2-%d] and no error
// > 12 %d
// < [] and too many: 12
package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"wshd/plugins/wsh"
)

var errMany = errors.New("too many")

type hit struct {
	shard int
	text  string
}

func (h hit) String() string { return fmt.Sprintf("%d-%s", h.shard, h.text) }

func search(shards int, q string) ([]hit, error) {
	if shards > 10 {
		return nil, fmt.Errorf("%w: %d", errMany, shards)
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		hits []hit
	)
	for shard := range shards {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h := hit{shard, q}
			mu.Lock()
			defer mu.Unlock()
			hits = append(hits, h)
		}()
	}
	wg.Wait()
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.shard, b.shard) })
	return hits, nil
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		f := strings.Fields(m.Text())
		n, _ := strconv.Atoi(f[0])
		hits, err := search(n, f[1])
		if err == nil {
			err = errors.New("no error")
		}
		return r.SendText(fmt.Sprintf("%v and %v", hits, err))
	})
}
