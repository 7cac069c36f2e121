package imported

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const goMod = "module handlers\n\ngo 1.26\n\nrequire example.com/x v0.0.0\n\nrequire wshd v0.0.0\n\nrequire unused v0.0.0\n\n" +
	"replace example.com/x => ./.x\n\nreplace wshd => ./.wshd\n\nreplace unused => ./.unused\n"

// root is a handler root, whose handler imports two modules, its own package and Go's.
func root(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  goMod,
		"a/chat_wsh.go":           "//go:build ignore\n\npackage main\n\nimport (\n\t\"fmt\"\n\t_ \"handlers/lib\"\n\t\"wshd/plugins/wsh\"\n\n\t\"example.com/x/y\"\n)\n\nvar _ = fmt.Sprint(y.Y, wsh.X)\n",
		"b_wsh/b.go":              "package b\n\nimport _ \"example.com/x/z\"\n",
		"vendor/v/v_wsh.go":       "package v\n\nimport _ \"example.com/v\"\n",
		"lib/lib.go":              "package lib\n",
		".x/go.mod":               "module example.com/x\n",
		".x/y/y.go":               "package y\n\nvar Y int\n",
		".x/z/z.go":               "package z\n",
		".wshd/go.mod":            "module wshd\n",
		".wshd/plugins/wsh/of.go": "package wsh\n\nvar X int\n",
		".unused/go.mod":          "module unused\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestTheGoToolsKnowWhatHandlersImport(t *testing.T) {
	dir := root(t)
	if err := os.RemoveAll(filepath.Join(dir, "vendor")); err != nil {
		t.Fatal(err)
	}
	if err := Keep(dir); err != nil {
		t.Fatal(err)
	}
	goTool(t, dir, "mod", "tidy")
	mod := read(t, filepath.Join(dir, "go.mod"))
	for _, want := range []string{"require example.com/x v0.0.0\n", "require wshd v0.0.0\n"} {
		if !strings.Contains(mod, want) {
			t.Errorf("go mod tidy has dropped %q:\n%s", want, mod)
		}
	}
	if strings.Contains(mod, "unused v0.0.0\n") {
		t.Errorf("go mod tidy has kept what nobody imports:\n%s", mod)
	}
	goTool(t, dir, "mod", "vendor")
	for _, name := range []string{"example.com/x/y/y.go", "example.com/x/z/z.go", "wshd/plugins/wsh/of.go"} {
		read(t, filepath.Join(dir, "vendor", filepath.FromSlash(name)))
	}
	if got := goTool(t, dir, "list", "-f", "{{.Dir}} {{.GoFiles}}", "./..."); strings.Contains(got, "[imports.go]") {
		t.Errorf("imports.go is part of a program: %s", got)
	}
}

func TestWhatIsNamed(t *testing.T) {
	dir := root(t)
	if err := Keep(dir); err != nil {
		t.Fatal(err)
	}
	want := "import (\n\t_ \"example.com/x/y\"\n\t_ \"example.com/x/z\"\n\t_ \"wshd/plugins/wsh\"\n)\n"
	if got := read(t, filepath.Join(dir, File)); !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	write(t, filepath.Join(dir, "b_wsh/b.go"), "package b\n")
	if err := Keep(dir); err != nil {
		t.Fatal(err)
	}
	want = "import (\n\t_ \"example.com/x/y\"\n\t_ \"wshd/plugins/wsh\"\n)\n"
	if got := read(t, filepath.Join(dir, File)); !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNothingIsWrittenThatNeedNotBe(t *testing.T) {
	dir := root(t)
	file := filepath.Join(dir, File)
	keep := func() {
		t.Helper()
		if err := Keep(dir); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	keep()
	if after, err := os.Stat(file); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("it was written anew, though nothing has changed: %v", err)
	}
	for name, change := range map[string]func(){
		"no go.mod":            func() { os.Remove(filepath.Join(dir, "go.mod")) },
		"nothing to be named":  func() { os.RemoveAll(filepath.Join(dir, "a")); os.RemoveAll(filepath.Join(dir, "b_wsh")) },
		"a folder of the name": func() { os.Mkdir(file, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			dir = root(t)
			file = filepath.Join(dir, File)
			change()
			_ = Keep(dir) // a folder there is an error
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				t.Errorf("got %s", read(t, file))
			}
		})
	}
}

func TestAFileThatIsNotOursIsLeft(t *testing.T) {
	dir := root(t)
	mine := "package mine\n\nimport _ \"example.com/x/y\"\n"
	write(t, filepath.Join(dir, File), mine)
	if err := Keep(dir); err == nil || !strings.HasSuffix(err.Error(), "does not name: example.com/x/z, wshd/plugins/wsh") {
		t.Errorf("got %v, want what it does not name", err)
	}
	if got := read(t, filepath.Join(dir, File)); got != mine {
		t.Errorf("got %s, want %s", got, mine)
	}
	mine += "import _ \"example.com/x/z\"\nimport _ \"wshd/plugins/wsh\"\n"
	write(t, filepath.Join(dir, File), mine)
	if err := Keep(dir); err != nil {
		t.Errorf("got %v, but it names all", err)
	}
}
