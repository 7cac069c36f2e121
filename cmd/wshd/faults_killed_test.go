package main

import (
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// spinScript answers until somebody says spin.
const spinScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		for m.Is("spin") {
		}
		return r.SendMessage(m)
	})
}
`

// TestScriptIsKilledUnderAThousand has one client of a thousand drive their script into an endless
// loop. The script is stopped, all of them are told by 1011, and who comes back is served.
func TestScriptIsKilledUnderAThousand(t *testing.T) {
	v := newVictim(t, nil, "--scripts-cpu", "300ms")
	v.add("spin_wsh.go", spinScript)
	v.ready(v.listening(v.process))
	const clients = 1000
	for _, c := range v.crowd("/spin", clients) { // tables grow for the first that come, and stay
		_ = c.CloseNow()
	}
	v.settle()
	crowd := v.crowd("/spin", clients)
	if err := crowd[clients/2].Write(v.ctx, websocket.MessageText, []byte("spin")); err != nil {
		t.Fatal(err)
	}
	var told sync.WaitGroup
	for _, c := range crowd {
		told.Go(func() {
			_, _, err := c.Read(v.ctx)
			if websocket.CloseStatus(err) != websocket.StatusInternalError {
				t.Errorf("got %v, want 1011", err)
			}
			_ = c.CloseNow()
		})
	}
	told.Wait()
	v.logs(`level=ERROR msg="handler killed, its connections are closed" script=spin_wsh.go .*spin_wsh.go:11`)
	again := v.dial("/spin")
	v.echoes(again)
	_ = again.CloseNow()
	v.unharmed()
}

// crowd is n clients of a handler.
func (v *victim) crowd(path string, n int) (all []*websocket.Conn) {
	v.t.Helper()
	for range n {
		c, _, err := websocket.Dial(v.ctx, "ws://"+v.addr+path, nil)
		if err != nil {
			v.t.Fatalf("%v\n%s", err, v.log())
		}
		v.t.Cleanup(func() { _ = c.CloseNow() })
		all = append(all, c)
	}
	return all
}
