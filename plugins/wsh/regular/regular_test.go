//go:build unix

package regular

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyRegularFilesOfBoundedSizeAreRead(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, size := range map[string]int64{"small": 3, "most": Most, "large": Most + 1, "huge": 1 << 40} {
		f, err := os.Create(in(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(size); err != nil {
			t.Skip(err) // a file system without holes
		}
		f.Close()
	}
	if err := syscall.Mkfifo(in("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for link, to := range map[string]string{"link": "small", "zero": "/dev/zero", "linkpipe": "pipe"} {
		if err := os.Symlink(to, in(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, want string }{
		{in("small"), ""}, {in("most"), ""}, {in("link"), ""}, {in("large"), "more than 16 MiB"}, {in("huge"), "more than 16 MiB"},
		{in("pipe"), "a pipe"}, {in("linkpipe"), "a pipe"}, {in("zero"), "a device"}, {in("socket"), "no regular file"},
		{dir, "is a directory"}, {in("none"), "no such file"}, {"/dev/zero", "a device"}, {"/dev/stdin/x", "not a directory"},
	} {
		_, err := Read(tt.name)
		got := "read"
		if err != nil {
			got = err.Error()
		}
		if tt.want == "" && err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
}

func TestByteOrderMarksAreNoPartOfAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	for _, tt := range []struct{ text, want string }{
		{"\ufeffalice:x\n", "alice:x\n"},
		{"\ufeff", ""},
		{"a\ufeffb", "a\ufeffb"},
		{"\xff\xfea\x00\n\x00", "UTF-16"},
		{"\xfe\xff\x00a\x00\n", "UTF-16"},
		{"\xff\xfe\x01\x02 a secret", "\xff\xfe\x01\x02 a secret"},
		{"", ""},
	} {
		if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := Read(name)
		if got := string(text); err != nil && !strings.Contains(err.Error(), tt.want) || err == nil && got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}
