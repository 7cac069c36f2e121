package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
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
	log := New(opened(t, Config{Level: "info", Stderr: &b}))
	log.Error("handler not loaded", "script", "a_wsh.go", "err", errors.New("a_wsh.go:1:2: one\na_wsh.go:3:4: \x1b[2Jtwo"))
	want := " level=ERROR msg=\"handler not loaded\" script=a_wsh.go\n\ta_wsh.go:1:2: one\n\ta_wsh.go:3:4: \uFFFD[2Jtwo\n"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func opened(t *testing.T, c Config) *Output {
	t.Helper()
	o, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestLogGoesElsewhere: loggers that were made before, with attributes and groups, go along.
func TestLogGoesElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	var stderr bytes.Buffer
	second := Config{File: file, Format: "json", Level: "warn", Stderr: &stderr}
	log := New(opened(t, Config{Level: "info", Stderr: &stderr}))
	defer log.Close()
	old := log.With("conn", 1).WithGroup("g").With("a", 2)
	old.Info("one")
	log.Use(opened(t, second))
	old.Info("not told")
	old.Warn("two", "b", 3)
	log.Error("three")
	if got := stderr.String(); !strings.HasSuffix(got, " level=INFO msg=one conn=1 g.a=2\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("before: got %s", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"level":"WARN","msg":"two","conn":1,"g":{"a":2,"b":3}}`, `"level":"ERROR","msg":"three"}`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got %s, want %s", text, want)
		}
	}
	second.File = filepath.Join(t.TempDir(), "nowhere", "log")
	if _, err := Open(second); err == nil {
		t.Error("a log in no folder was opened")
	}
	log.Error("four")
	if text, err = os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != 3 || strings.Contains(string(text), "not told") {
		t.Errorf("after: got %s, %v", text, err)
	}
}
