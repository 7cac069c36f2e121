package compiled

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"wshd/plugins/script"
)

// echo is a whole handler.
const echo = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return r.Each(func(m wsh.Message) error { return r.SendMessage(m) }) }
`

// folder makes a root of files, given by name and text.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(root, files[i]), files[i+1])
	}
	return root
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cache is shared by the tests: Go's own packages are compiled once.
func builder(t *testing.T, root string) *Builder {
	t.Helper()
	return New(Config{Root: root, Cache: t.TempDir()})
}

func TestAHandlerIsCompiledOnceAndAgainWhenItChanges(t *testing.T) {
	root := folder(t, "go.mod", "module handlers\n\ngo 1.26\n",
		"a/chat_wsh.go", strings.Replace(echo, `import "wshd`, "import _ \"handlers/lib/auth\"\nimport \"wshd", 1),
		"lib/auth/auth.go", "package auth\n")
	b := builder(t, root)
	build := func(kept bool) {
		t.Helper()
		p, err := b.Build(t.Context(), filepath.Join(root, "a/chat_wsh.go"), "a/chat_wsh.go", nil)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(p.File); err != nil || info.Mode()&0o111 == 0 {
			t.Fatalf("got %v, %v, want a program", info, err)
		}
		if p.Kept != kept || strings.Join(p.Hooks, " ") != "DoExtraHandshake TransferData" {
			t.Fatalf("got %+v, want kept %v", p, kept)
		}
	}
	build(false)
	build(true)
	for _, change := range [][2]string{
		{"a/chat_wsh.go", echo + "// more\n"}, {"lib/auth/auth.go", "package auth\n\nvar X int\n"},
	} {
		if change[0] != "a/chat_wsh.go" {
			write(t, filepath.Join(root, "a/chat_wsh.go"), strings.Replace(echo, `import "wshd`, "import _ \"handlers/lib/auth\"\nimport \"wshd", 1))
			build(false)
		}
		write(t, filepath.Join(root, change[0]), change[1])
		build(false)
		build(true)
	}
	write(t, filepath.Join(root, "lib/auth/more.go"), "package auth\n\nvar Y int\n")
	build(false)
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || string(text) != "module handlers\n\ngo 1.26\n" {
		t.Errorf("go.mod is now %q, %v", text, err)
	}
}

func TestErrorsAreTheCompilersAtTheirPlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a type", strings.Replace(echo, "return nil", "return 1", 1), ":7:54: cannot use 1 (constant of type int) as error value in return statement: int does not implement error (missing method Error)"},
		{"syntax", strings.Replace(echo, "return nil }", "return nil", 1), ":9:6: syntax error: unexpected name TransferData, expected ("},
		{"a hook", strings.Replace(echo, "error { return nil }", "int { return 0 }", 1), ":7:6: cannot use DoExtraHandshake (value of type func(r *wsh.Request) int) as func(*wsh.Request) error value in variable declaration"},
		{"main", echo + "func main() {}\n", ":10:6: a handler has no func main: the host calls its hooks; what must run once goes into func init"},
		{"a module", strings.Replace(echo, `import "wshd`, "import _ \"example.com/x/y\"\nimport \"wshd", 1), ":5:8: no required module provides package example.com/x/y; to add it:\n\tgo get example.com/x/y"},
		{"an unused import", strings.Replace(echo, `import "wshd`, "import \"os\"\nimport \"wshd", 1), ":5:8: \"os\" imported and not used"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := folder(t, "go.mod", "module handlers\n\ngo 1.26\n", "x_wsh.go", tt.text)
			file := filepath.Join(root, "x_wsh.go")
			_, err := builder(t, root).Build(t.Context(), file, "x_wsh.go", nil)
			var list script.Errors
			if !errors.As(err, &list) || list[0].Error() != file+tt.want {
				t.Errorf("got %v, want %s%s", err, file, tt.want)
			}
		})
	}
}

func TestFoldersOtherNamesAndRootsWithoutAModule(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		files        []string
	}{
		{"no go.mod", "x_wsh.go", []string{"x_wsh.go", echo}},
		{"another package name", "x_wsh.go", []string{"x_wsh.go", strings.Replace(echo, "package main", "package chat // of mine", 1)}},
		{"a folder", "big_wsh", []string{"go.mod", "module handlers\n",
			"big_wsh/a.go", "package big\n\nimport \"wshd/plugins/wsh\"\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\n",
			"big_wsh/b.go", "package big\n\nimport \"wshd/plugins/wsh\"\n\nfunc TransferData(r *wsh.Request) error { return nil }\n",
			"big_wsh/b_test.go", "package big\n\nfunc {"}},
		{"what init lays", "x_wsh.go", []string{"x_wsh.go", echo, "go.mod", "module handlers\n\ngo 1.26\n\nrequire wshd v0.0.0\n\nreplace wshd => ./.wshd\n",
			".wshd/go.mod", "module wshd\n\ngo 1.26\n"}},
		{"names of its own", "x_wsh.go", []string{"x_wsh.go", echo + "\nvar worker, handler, http = 1, 2, 3\n"}},
		{"vendored", "x_wsh.go", []string{"x_wsh.go", strings.Replace(echo, `import "wshd`, "import _ \"example.com/x/y\"\nimport \"wshd", 1),
			"go.mod", "module handlers\n\ngo 1.26\n\nrequire example.com/x v1.2.3\n", "vendor/modules.txt", "# example.com/x v1.2.3\n## explicit; go 1.20\nexample.com/x/y\n",
			"vendor/example.com/x/y/y.go", "package y\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := folder(t, tt.files...)
			if p, err := builder(t, root).Build(t.Context(), filepath.Join(root, tt.script), tt.script, nil); err != nil || p.Kept {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestAMachineWithoutGoSaysSo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	root := folder(t, "x_wsh.go", echo)
	if _, err := builder(t, root).Build(t.Context(), filepath.Join(root, "x_wsh.go"), "x_wsh.go", nil); !errors.Is(err, ErrNoGo) {
		t.Errorf("got %v, want ErrNoGo", err)
	}
}

func TestModulesAreThoseOfGoMod(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needs() {
		if !strings.Contains(string(text), n.path+" "+n.version+"\n") {
			t.Errorf("go.mod does not require %s %s: go generate ./plugins/compiled, and needs", n.path, n.version)
		}
	}
}

func TestNoNetworkIsNeeded(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	root := folder(t, "go.mod", "module handlers\n\ngo 1.26\n", "x_wsh.go", echo)
	if _, err := builder(t, root).Build(t.Context(), filepath.Join(root, "x_wsh.go"), "x_wsh.go", nil); err != nil {
		t.Error(err)
	}
}

func TestAnotherSystemIsCompiledFor(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Log("arm64 is this machine")
	}
	root := folder(t, "x_wsh.go", echo)
	b := New(Config{Root: root, Cache: t.TempDir(), GOOS: "linux", GOARCH: "arm64"})
	p, err := b.Build(t.Context(), filepath.Join(root, "x_wsh.go"), "x_wsh.go", nil)
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(p.File)
	if err != nil || len(head) < 20 || head[18] != 183 { // ELF's e_machine: EM_AARCH64
		t.Errorf("not a program for arm64: %v", err)
	}
}

func TestCompiledAheadNeedsNoGo(t *testing.T) {
	root := folder(t, "a/x_wsh.go", echo)
	file := filepath.Join(root, "a/x_wsh.go")
	made, err := builder(t, root).BuildAhead(t.Context(), file, "a/x_wsh.go", nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(t.TempDir(), "elsewhere") // as a volume that is mounted somewhere else
	if err := os.Rename(root, moved); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	file = filepath.Join(moved, "a/x_wsh.go")
	p, err := builder(t, moved).Build(t.Context(), file, "a/x_wsh.go", nil)
	if want := strings.Replace(made.File, root, moved, 1); err != nil || !p.Kept || p.File != want {
		t.Errorf("got %+v, %v, want %s", p, err, want)
	}
	write(t, file, echo+"\n// changed\n")
	if _, err := builder(t, moved).Build(t.Context(), file, "a/x_wsh.go", nil); !errors.Is(err, ErrNoGo) {
		t.Errorf("got %v for what has changed since, want ErrNoGo", err)
	}
}

func TestWithoutAFolderForCachesOnlyWhatMustBeCompiledFails(t *testing.T) {
	t.Setenv("CACHE_DIRECTORY", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	root := folder(t, "x_wsh.go", echo, "y_wsh.go", strings.Replace(echo, `import "wshd`, "import _ \"reflect\"\nimport \"wshd", 1))
	load := New(Config{Root: root}).Chooser(Choice{When: []string{"needed"}})
	h, err := load(t.Context(), filepath.Join(root, "x_wsh.go"), "x_wsh.go")
	if err != nil {
		t.Fatal(err)
	}
	h.Life.Retire()
	if _, err := load(t.Context(), filepath.Join(root, "y_wsh.go"), "y_wsh.go"); err == nil || !strings.Contains(err.Error(), "scripts.cache names no folder") {
		t.Errorf("got %v, want that scripts.cache names no folder", err)
	}
}
