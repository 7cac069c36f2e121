package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
)

func TestTextLogIsSlogs(t *testing.T) {
	var ours, theirs bytes.Buffer
	for _, l := range []*slog.Logger{
		slog.New(newTextHandler(&ours, withoutTime)), slog.New(slog.NewTextHandler(&theirs, withoutTime)),
	} {
		l.Info("plain", "script", "chat_wsh.go", "n", 1, "err", errors.New("one line"))
		l.With("remote", "127.0.0.1:1").WithGroup("g").Warn("with more", "s", "two words", slog.Group("h", "a", true))
		l.Debug("not logged")
	}
	if ours.String() != theirs.String() {
		t.Errorf("got\n%s\nwant\n%s", &ours, &theirs)
	}
}

var withoutTime = &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && groups == nil {
		return slog.Attr{}
	}
	return a
}}

func TestTextLogKeepsSlogsRules(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return newTextHandler(&b, nil)
	}, func(t *testing.T) map[string]any { return parseText(t, b.String()) })
}

// parseText reads key=value pairs back; dots in keys are groups.
func parseText(t *testing.T, line string) map[string]any {
	t.Helper()
	top := map[string]any{}
	for _, pair := range strings.Fields(line) {
		key, value, _ := strings.Cut(pair, "=")
		m := top
		names := strings.Split(key, ".")
		for _, group := range names[:len(names)-1] {
			if m[group] == nil {
				m[group] = map[string]any{}
			}
			m = m[group].(map[string]any)
		}
		m[names[len(names)-1]] = value
	}
	return top
}

func TestErrorsOfSeveralLinesStandBelowTheirRecord(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(newTextHandler(&b, withoutTime))
	log.Error("handler not loaded", "script", "a_wsh.go", "err", errors.New("a_wsh.go:1:2: one\na_wsh.go:3:4: \x1b[2Jtwo"))
	want := "level=ERROR msg=\"handler not loaded\" script=a_wsh.go\n\ta_wsh.go:1:2: one\n\ta_wsh.go:3:4: \uFFFD[2Jtwo\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
