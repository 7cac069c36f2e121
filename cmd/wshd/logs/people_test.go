package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wshd/cmd/wshd/terminal"
)

// forPeople logs what f does, for somebody who reads along, without the times.
func forPeople(t *testing.T, c Config, f func(*slog.Logger)) string {
	t.Helper()
	var b bytes.Buffer
	c.Stderr, c.Terminal, c.Format = &b, &terminal.Terminal{Person: true}, "text"
	l := New(opened(t, c))
	f(l.Logger)
	l.Close()
	var text strings.Builder
	for line := range strings.Lines(b.String()) {
		text.WriteString(line[len("00:00:00  "):])
	}
	return text.String()
}

func TestPeopleReadWhatHappened(t *testing.T) {
	for _, tt := range []struct {
		name string
		log  func(l *slog.Logger)
		want string
	}{
		{"an end", func(l *slog.Logger) {
			l.With("resource", "/echo", "script", "echo_wsh.go", "remote", "10.0.0.1:5").Info("connection closed", "version", 1, "code", 1006,
				"dur", 12345*time.Millisecond, "messages_in", 3, "messages_out", 2, "bytes_in", 9, "bytes_out", 8, "reason", "broken pipe")
		}, "/echo  10.0.0.1:5 closed with 1006 after 12.3s: 3 in, 2 out: broken pipe\n"},
		{"a script's word", func(l *slog.Logger) { l.Info("script output", "script", "a_wsh.go", "line", "x=1") }, "a_wsh.go: x=1\n"},
		{"anything else", func(l *slog.Logger) { l.Warn("not served", "reason", "gone", "n", 3) }, "warning: not served: gone  n=3\n"},
		{"what to do", func(l *slog.Logger) { l.Warn("request refused", "hint", "pass --x") }, "warning: request refused\n→ pass --x\n"},
		{"an error of several lines, and a stack", func(l *slog.Logger) {
			l.Error("handler failed", "resource", "/a", "err", errors.New("one\ntwo"), "stack", "f a.go:1\ng a.go:2\n")
		}, "error: handler failed  /a\none\ntwo\nf a.go:1\ng a.go:2\n"},
		{"groups", func(l *slog.Logger) { l.WithGroup("g").With("a", 1).Info("m", slog.Group("h", "b", 2), slog.Attr{}) }, "m  g.a=1  g.h.b=2\n"},
		{"what would move the cursor", func(l *slog.Logger) { l.Info("m\x1b[2J", "reason", "a\nb\x1b[0m") }, "m\ufffd[2J: a\ufffdb\ufffd[0m\n"},
		{"too little", func(l *slog.Logger) { l.Debug("m") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := forPeople(t, Config{Level: "info"}, tt.log); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestPeopleAreGreetedFirst(t *testing.T) {
	greeted := new(atomic.Bool)
	got := forPeople(t, Config{Level: "info", Greeted: greeted}, func(l *slog.Logger) {
		loaded := func(path string) {
			l.Info("handler loaded", "resource", path, "script", "a_wsh.go", "dur", time.Millisecond)
		}
		loaded("/before")
		l.Error("handler not loaded", "resource", "/bad", "err", errors.New("why"))
		greeted.Store(true)
		loaded("/after")
	})
	if want := "error: handler not loaded  /bad\nwhy\n/after is new, from a_wsh.go (1ms)\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
