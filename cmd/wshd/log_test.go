package main

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
	log := slog.New(newTextHandler(&b, withoutTime))
	log.Error("handler not loaded", "script", "a_wsh.go", "err", errors.New("a_wsh.go:1:2: one\na_wsh.go:3:4: \x1b[2Jtwo"))
	want := "level=ERROR msg=\"handler not loaded\" script=a_wsh.go\n\ta_wsh.go:1:2: one\n\ta_wsh.go:3:4: \uFFFD[2Jtwo\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestLogFileBeginsAnewWhenFull(t *testing.T) {
	name := filepath.Join(t.TempDir(), "wshd.log")
	if err := os.WriteFile(name, []byte("of the last time\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openLogFile(name, 40, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"first\n", "second, which is too long to fit\n", "third\n", strings.Repeat("x", 99) + "\n", "fifth\n"} {
		if _, err := f.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); string(text) != "fifth\n" {
		t.Errorf("got %q, %v", text, err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	if err != nil || len(files) != 4 {
		t.Errorf("got files %v, %v, want 4", files, err)
	}
}

func TestLogFileWithoutLimitGoesOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "wshd.log")
	f, err := openLogFile(name, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := f.Write(bytes.Repeat([]byte("x"), 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Size() != 100_000 {
		t.Errorf("got %v, %v, want 100000 bytes", info, err)
	}
}
