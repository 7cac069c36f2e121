package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// victim is a wshd that something befalls, with a client who was there before.
type victim struct {
	*process
	t    *testing.T
	ctx  context.Context
	dir  string // where it runs; the handlers are in handlers below
	addr string

	steady *talker
	admin  string // address of the admin listener
	before vitals // with the steady client only
}

// vitals are what a fault must leave as it was.
type vitals struct {
	descriptors, goroutines int
	heap                    int // live bytes, after a collection
}

// talker is a client that reads all the time, and so answers pings.
type talker struct {
	*websocket.Conn
	heard chan string // closed at the end
}

// echoScript is the handler of those whom the fault must not touch.
const echoScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return r.Each(r.SendMessage) }
`

// roomScript publishes what each client sends to all of them.
const roomScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return r.Each(r.Join("room").Publish) }
`

// newVictim starts wshd, by way of the command in if there is one, and connects the steady client.
func newVictim(t *testing.T, in []string, args ...string) *victim {
	t.Helper()
	v := &victim{t: t, dir: t.TempDir()}
	for name, text := range map[string]string{"echo_wsh.go": echoScript, "room_wsh.go": roomScript} {
		writeTree(t, filepath.Join(v.dir, "handlers", name), []byte(text), 0o644)
	}
	wshd, err := exec.LookPath("wshd")
	if err != nil {
		t.Fatal(err)
	}
	command := append(append(in, wshd, "-p", "0", "-H", "127.0.0.1", "-w", "handlers", "--origins", "*",
		"--admin-listen", "127.0.0.1:0", "--admin-token", adminToken, "--admin-pprof"), args...)
	own := append(os.Environ(), "RUNTIME_DIRECTORY="+v.dir) // nobody else's wshd reload finds it
	if v.process, err = startCommand(v.dir, own, command); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	v.ctx = ctx
	t.Cleanup(func() {
		cancel()
		v.stop()
		if t.Failed() {
			t.Log(v.log())
		}
	})
	return v
}

// add writes a handler.
func (v *victim) add(name, text string) {
	v.t.Helper()
	writeTree(v.t, filepath.Join(v.dir, "handlers", name), []byte(text), 0o644)
}

// ready waits until wshd serves and greets the steady client.
func (v *victim) ready(addr string) {
	v.t.Helper()
	v.addr = addr
	v.steady = v.dial("/echo")
	v.echoes(v.steady)
	v.dial("/room").CloseNow() // loaded, too
	v.settle()
}

// settle measures what is to be as before, once nothing of the start or of ready is under way.
func (v *victim) settle() {
	v.t.Helper()
	v.before = v.vitals()
	for same := 0; same < 3 && v.ctx.Err() == nil; same++ {
		now := v.vitals()
		if now.descriptors != v.before.descriptors || now.goroutines != v.before.goroutines {
			same = 0
		}
		v.before = now
		v.echoes(v.steady)
	}
}

// listening is the address that the log tells, which is p's if the log is not in a file. It tells the
// admin's, too.
func (v *victim) listening(log *process) string {
	v.t.Helper()
	addr, err := log.find(`msg=listening addr=(\S+)`)
	if err == nil {
		v.admin, err = log.find(`msg="admin listening" addr=(\S+)`)
	}
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.log())
	}
	return addr
}

func (v *victim) dial(path string) *talker {
	v.t.Helper()
	c, _, err := websocket.Dial(v.ctx, "ws://"+v.addr+path, nil)
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.log())
	}
	return v.talk(c, 1)
}

// talk has a client read. What has not been heard and is more than enough keeps it from that.
func (v *victim) talk(c *websocket.Conn, enough int) *talker {
	v.t.Cleanup(func() { _ = c.CloseNow() })
	k := &talker{c, make(chan string, enough)}
	go func() {
		defer close(k.heard)
		for {
			_, m, err := c.Read(v.ctx)
			if err != nil {
				return
			}
			select {
			case k.heard <- string(m):
			case <-v.ctx.Done():
			}
		}
	}()
	return k
}

// echoes sends a message and wants it back.
func (v *victim) echoes(c *talker) {
	v.t.Helper()
	want := fmt.Sprint("still there at ", time.Now())
	if got := v.said(c, want); got != want {
		v.t.Fatalf("got %q, want %q\n%s", got, want, v.log())
	}
}

// said sends a message and returns what comes back, or "" at the end.
func (v *victim) said(c *talker, text string) string {
	v.t.Helper()
	if err := c.Write(v.ctx, websocket.MessageText, []byte(text)); err != nil {
		v.t.Fatalf("%v\n%s", err, v.log())
	}
	return <-c.heard
}

// unharmed wants the steady client, and a new one, to be served, and nothing to be left of the rest.
func (v *victim) unharmed() {
	v.t.Helper()
	v.echoes(v.steady)
	c := v.dial("/echo")
	v.echoes(c)
	_ = c.CloseNow()
	for now := v.vitals(); !now.like(v.before); now = v.vitals() {
		if v.ctx.Err() != nil {
			v.t.Fatalf("got %+v, before it was %+v\n%s", now, v.before, v.ask("/debug/pprof/goroutine?debug=1"))
		}
		v.echoes(v.steady)
	}
}

// like reports whether all is as before: of the heap a tenth more or less does not count.
func (n vitals) like(before vitals) bool {
	return n.descriptors == before.descriptors && n.goroutines == before.goroutines && n.heap < before.heap+before.heap/10
}

// vitals measures.
func (v *victim) vitals() (n vitals) {
	v.t.Helper()
	_, err := fmt.Sscanf(v.ask("/debug/pprof/goroutine?debug=1"), "goroutine profile: total %d", &n.goroutines)
	if err != nil {
		v.t.Fatal(err)
	}
	_, heap, _ := strings.Cut(v.ask("/debug/pprof/heap?gc=1&debug=1"), "# HeapAlloc = ")
	if _, err := fmt.Sscan(heap, &n.heap); err != nil {
		v.t.Fatal(err)
	}
	n.descriptors = v.count()
	return n
}

// ask gets a page of the admin listener, each time on a connection of its own.
func (v *victim) ask(path string) string {
	v.t.Helper()
	q, err := http.NewRequestWithContext(context.WithoutCancel(v.ctx), http.MethodGet, "http://"+v.admin+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+adminToken)
	q.Close = true
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.log())
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s %v", path, answer.Status, err)
	}
	return string(text)
}

// count is how many descriptors wshd has open.
func (v *victim) count() int {
	v.t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatal(err)
	}
	return len(open)
}

// logs waits for a line of the log.
func (v *victim) logs(expr string) {
	v.t.Helper()
	if _, err := v.findNew(expr); err != nil {
		v.t.Fatalf("%v\n%s", err, v.log())
	}
}

// raw opens a connection without a word.
func (v *victim) raw() (net.Conn, error) {
	nc, err := net.Dial("tcp", v.addr)
	if err != nil {
		return nil, err
	}
	end, _ := v.ctx.Deadline()
	return nc, nc.SetDeadline(end)
}

// opened does the opening handshake by hand.
func (v *victim) opened(path string) (net.Conn, *bufio.Reader, error) {
	nc, err := v.raw()
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path)
	r := bufio.NewReader(nc)
	res, err := http.ReadResponse(r, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = errors.New(res.Status)
	}
	if err != nil {
		nc.Close()
	}
	return nc, r, err
}
