package plugins

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStampsTellWhatAScriptIsMadeOf changes one file at a time and looks whose stamp has changed.
func TestStampsTellWhatAScriptIsMadeOf(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &scanner{root: root, files: map[string]remembered{}}
	stamps := func() map[string]string {
		t.Helper()
		found, err := s.find()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, s := range found.sources {
			if all[s.path] = s.stamp(); all[s.path] != s.current() {
				t.Errorf("%s: %s is found, but %s stands there", s.path, all[s.path], s.current())
			}
		}
		return all
	}
	write("a_wsh.go", "package main\nimport \"handlers/lib/auth\"\n")
	write("b_wsh/b.go", "package b\nimport \"handlers/lib/deep\"\nimport \"handlers/b_wsh/own\"\n")
	write("c_wsh.go", "package main\nimport \"os\"\nimport \"mine/lib\"\n")
	write("lib/auth/auth.go", "package auth\nimport (\n\"handlers/lib/deep\"\n\"example.com/dep\"\n)\n")
	write("lib/deep/deep.go", "package deep\nimport \"handlers/lib/auth\"\n") // a cycle
	before := stamps()
	for _, step := range []struct{ file, text, changed string }{
		{"a_wsh.go", "package main\nimport \"handlers/lib/auth\"\n//\n", "/a"},
		{"lib/auth/auth.go", "package auth\nimport (\n\"handlers/lib/deep\"\n\"example.com/dep\"\n)\n//\n", "/a /b"},
		{"lib/deep/deep.go", "package deep\n", "/a /b"},
		{"lib/auth/auth.go", "package auth\nimport \"example.com/dep\"\n", "/a"},
		{"lib/deep/more.go", "package deep\n", "/b"},
		{"lib/deep/more_test.go", "package deep\n", ""},
		{"lib/other/other.go", "package other\n", ""},
		{"b_wsh/own/own.go", "package own\n", "/b"},
		{"b_wsh/another/own.go", "package own\n", ""},
		{"vendor/example.com/dep/dep.go", "package dep\nimport \"example.com/other\"\n", "/a"},
		{"vendor/example.com/other/other.go", "package other\n", "/a"},
		{"vendor/example.com/unused/x.go", "package x\n", ""},
		{"vendor/os/os.go", "package os\n", ""},
		{"lib/lib.go", "package lib\n", ""},
		{"go.mod", "module mine\n", "/a /b /c"},
		{"lib/lib.go", "package lib\n//\n", "/c"},
	} {
		write(step.file, step.text)
		now := stamps()
		var changed []string
		for _, path := range []string{"/a", "/b", "/c"} {
			if now[path] != before[path] {
				changed = append(changed, path)
			}
		}
		if got := strings.Join(changed, " "); got != step.changed {
			t.Errorf("%s: got %q changed, want %q", step.file, got, step.changed)
		}
		before = now
	}
}
