package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

const reloads = 200

// TestReloadUnderLoadDropsNobody saves a script 200 times while clients talk to it. Connections go
// on with the version they began with; new ones get the new one; none is dropped or refused.
func TestReloadUnderLoadDropsNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("200 reloads take a while")
	}
	dir := t.TempDir()
	saveVersion(t, dir, 0)
	p, err := startProcess(dir, os.Environ(), []string{"-p", "0", "-w", ".", "--log-level", "info"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		p.stop()
		if t.Failed() {
			t.Log(p.log())
		}
	}()
	addr, err := p.find(`msg=listening addr=(\S+)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.find(`msg="handler loaded"`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*waitLimit)
	defer cancel()
	l := &load{ctx: ctx, url: "ws://" + addr + "/say", stop: make(chan struct{})}
	for range 4 {
		l.clients.Go(l.stay)
		l.clients.Go(l.comeAndGo)
	}
	var kept []*websocket.Conn
	for i := 1; i <= reloads; i++ {
		saveVersion(t, dir, i)
		kept = append(kept, l.await(t, p, i))
	}
	close(l.stop)
	l.clients.Wait()
	for i, c := range kept {
		if got, err := l.say(c); got != fmt.Sprint(i+1) || err != nil {
			t.Errorf("connection of version %d: got %q, %v", i+1, got, err)
		}
		_ = c.CloseNow()
	}
	for _, err := range l.failures {
		t.Error(err)
	}
	if l.said.Load() < reloads {
		t.Errorf("only %d messages were exchanged meanwhile", l.said.Load())
	}
	t.Logf("%d messages on %d connections during %d reloads", l.said.Load(), l.dialled.Load(), reloads)
}

// saveVersion writes the script that answers with its number: by renaming or, every other time, in
// place, which the host may see half done.
func saveVersion(t *testing.T, dir string, n int) {
	t.Helper()
	text := strings.ReplaceAll(versionScript, "VERSION", fmt.Sprint(n))
	name := filepath.Join(dir, "say_wsh.go")
	if n%2 == 1 {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(name+"~", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+"~", name); err != nil {
		t.Fatal(err)
	}
}

const versionScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText("VERSION") })
}
`

// load is clients that talk until stop.
type load struct {
	ctx     context.Context
	url     string
	stop    chan struct{}
	clients sync.WaitGroup

	said, dialled atomic.Int64
	mu            sync.Mutex
	failures      []error
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, err)
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *load) dial() (*websocket.Conn, error) {
	c, _, err := websocket.Dial(l.ctx, l.url, nil)
	if err == nil {
		l.dialled.Add(1)
	}
	return c, err
}

func (l *load) say(c *websocket.Conn) (string, error) {
	if err := c.Write(l.ctx, websocket.MessageText, []byte("which version?")); err != nil {
		return "", err
	}
	_, got, err := c.Read(l.ctx)
	l.said.Add(1)
	return string(got), err
}

// stay talks on one connection, to one version.
func (l *load) stay() {
	c, err := l.dial()
	if err != nil {
		l.fail(err)
		return
	}
	defer func() { _ = c.CloseNow() }()
	first := ""
	for !l.stopped() {
		got, err := l.say(c)
		if err != nil {
			l.fail(fmt.Errorf("stay: %w", err))
			return
		}
		if first == "" {
			first = got
		}
		if got != first {
			l.fail(fmt.Errorf("stay: version %s became %s", first, got))
			return
		}
	}
}

// comeAndGo connects, says a word, and closes.
func (l *load) comeAndGo() {
	for !l.stopped() {
		c, err := l.dial()
		if err == nil {
			_, err = l.say(c)
		}
		if err == nil {
			err = c.Close(websocket.StatusNormalClosure, "")
		}
		if err != nil {
			l.fail(fmt.Errorf("come and go: %w", err))
			return
		}
	}
}

// await connects until version n answers, once for each time that the host reloads.
func (l *load) await(t *testing.T, p *process, n int) *websocket.Conn {
	t.Helper()
	for {
		if _, err := p.find(`msg="handler reloaded"`); err != nil {
			t.Fatalf("version %d: %v", n, err)
		}
		c, err := l.dial()
		if err != nil {
			t.Fatalf("version %d: %v", n, err)
		}
		if got, err := l.say(c); err != nil {
			t.Fatalf("version %d: %v", n, err)
		} else if got == fmt.Sprint(n) {
			return c
		}
		_ = c.CloseNow()
	}
}
