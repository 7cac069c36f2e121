package wshtest_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// reader is a test that fails: it notes with what, and at which line, as testing finds that.
type reader struct {
	testing.TB
	helpers map[string]bool
	said    string
	file    string
	line    int
}

func (r *reader) Helper() { r.helpers[caller(3)] = true }

func (r *reader) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	at := make([]uintptr, 50)
	frames := runtime.CallersFrames(at[:runtime.Callers(2, at)])
	for f, more := frames.Next(); more; f, more = frames.Next() {
		if !r.helpers[f.Function] {
			r.file, r.line = filepath.Base(f.File), f.Line
			break
		}
	}
	runtime.Goexit()
}

func caller(skip int) string {
	at := make([]uintptr, 1)
	runtime.Callers(skip, at)
	f, _ := runtime.CallersFrames(at).Next()
	return f.Function
}

func TestFailuresNameTheTestsLineAndWhatCame(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		_ = r.SendText("one")
		_ = r.SendBinary([]byte{1, 2})
		_ = r.SendPing([]byte("p"))
		_, err := r.ReceiveMessage()
		return err
	})
	for name, tt := range map[string]struct {
		does func(t testing.TB, c *wshtest.Client)
		want string
	}{
		"another text": {func(t testing.TB, c *wshtest.Client) { c.Expect("two") }, `the text "one" came, want the text "two"`},
		"binary":       {func(t testing.TB, c *wshtest.Client) { c.Expect("one"); c.ReceiveText() }, "a binary message of 2 bytes [01 02] came, want text"},
		"expect text":  {func(t testing.TB, c *wshtest.Client) { c.Expect("one", "two") }, `a binary message of 2 bytes [01 02] came, want the text "two"`},
		"pong":         {func(t testing.TB, c *wshtest.Client) { c.Pong() }, `no pong came within 10s, but the text "one", a binary message of 2 bytes [01 02], a ping "p"`},
		"end":          {func(t testing.TB, c *wshtest.Client) { c.Receive(); c.Receive(); c.SendClose(1000, ""); c.Receive() }, `no message came, but a ping "p": closed with 1000`},
		"bytes":        {func(t testing.TB, c *wshtest.Client) { c.ReadRaw(100) }, "no 100 bytes came within 10s, but "},
		"refused": {func(t testing.TB, c *wshtest.Client) {
			wshtest.Dialer{Protocols: []string{"x"}}.Dial(t, h).SendText("x")
		}, "the handshake was refused: 400"},
		"pattern": {func(t testing.TB, c *wshtest.Client) {
			wshtest.Dialer{Resource: "/a/b", Pattern: "/rooms/{room}"}.Dial(t, h)
		}, "/a/b does not match the pattern /rooms/{room}"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &reader{TB: t, helpers: map[string]bool{}}
			synctest.Test(t, func(t *testing.T) { // where time passes once all has come
				r.TB = t
				done := make(chan struct{})
				go func() {
					defer close(done)
					tt.does(r, wshtest.Dial(r, h))
				}()
				<-done
			})
			if !strings.HasPrefix(r.said, tt.want) || r.file != "report_test.go" {
				t.Errorf("at %s:%d got %s\nwant %s", r.file, r.line, r.said, tt.want)
			}
		})
	}
}

func TestPublishReachesTheRoomsOfATest(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		r.Join("lobby")
		if err := r.SendText(r.ID()); err != nil {
			return err
		}
		return r.Each(func(m wsh.Message) error { return wsh.Publish("lobby", m) })
	})
	a, b := wshtest.Dial(t, h), wshtest.Dial(t, h)
	id := a.ReceiveText()
	b.ReceiveText()
	a.SendText("hello")
	for _, c := range []*wshtest.Client{a, b} {
		c.Expect("hello")
	}
	if err := wsh.SendTo(id, wsh.Text("you")); err != nil {
		t.Error(err)
	}
	a.Expect("you")
	t.Run("another test", func(t *testing.T) {
		var rooms wshtest.Rooms
		defer wsh.Serve(&rooms)() // twice is once
		c := wshtest.Dialer{Rooms: &rooms}.Dial(t, h)
		c.ReceiveText()
		c.SendText("to all")
		c.Expect("to all")
		c.SendText("once")
		c.Expect("once")
	})
}
