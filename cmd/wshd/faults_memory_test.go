package main

import (
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// fillScript keeps all the memory that it can get.
const fillScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<20))
	}
}
`

// TestScriptFillsTheMemory has a script allocate in a loop, under a memory limit.
func TestScriptFillsTheMemory(t *testing.T) {
	v := newVictim(t, []string{"env", "GOMEMLIMIT=300MiB"})
	v.add("fill_wsh.go", fillScript)
	v.ready(v.listening(v.process))
	v.ends("/fill", websocket.StatusInternalError)
	v.logs(`level=ERROR msg="handler killed, its connections are closed" script=fill_wsh.go .*fill_wsh.go:\d+:\d+: stopped: ran without waiting for anything until the memory was full`)
	v.unharmed()
}

// countScript has all its connections write one map.
const countScript = `//go:build ignore

package main

import (
	"strconv"

	"wshd/plugins/wsh"
)

var counts = map[string]int{}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		for i := 0; i < 2000; i++ {
			counts[strconv.Itoa(i%50)]++
			if i%100 == 0 {
				delete(counts, strconv.Itoa(i%7))
			}
		}
		return r.SendMessage(m)
	})
}
`

// TestScriptMapIsWrittenByAll has thirty connections write a script's map at once, of which a Go
// program dies.
func TestScriptMapIsWrittenByAll(t *testing.T) {
	v := newVictim(t, nil, "--scripts-cpu", "1m") // with the race detector it takes a while
	v.add("count_wsh.go", countScript)
	v.ready(v.listening(v.process))
	var writers sync.WaitGroup
	for _, c := range v.crowd("/count", 30) {
		writers.Go(func() {
			if err := c.Write(v.ctx, websocket.MessageText, []byte("count")); err != nil {
				t.Error(err)
				return
			}
			if _, _, err := c.Read(v.ctx); err != nil {
				t.Error(err)
			}
			_ = c.CloseNow()
		})
	}
	writers.Wait()
	v.unharmed()
}

// ends connects and wants to be closed.
func (v *victim) ends(path string, code websocket.StatusCode) {
	v.t.Helper()
	c, _, err := websocket.Dial(v.ctx, "ws://"+v.addr+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	_, _, err = c.Read(v.ctx)
	if got := websocket.CloseStatus(err); got != code {
		v.t.Errorf("got %v, want %d\n%s", err, code, v.log())
	}
	_ = c.CloseNow()
}
