package logs

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogFileBeginsAnewWhenFull(t *testing.T) {
	name := filepath.Join(t.TempDir(), "wshd.log")
	if err := os.WriteFile(name, []byte("of the last time\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openLogFile(name, 40, 0, io.Discard)
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
	f, err := openLogFile(name, 0, 1, io.Discard)
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
