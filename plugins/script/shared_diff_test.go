package script

import (
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestSharedCodeRunsAsCompiled runs a program of several packages compiled and as a script.
func TestSharedCodeRunsAsCompiled(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and nothing can be compiled")
	}
	archive, err := txtar.ParseFile("testdata/shared/program.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"go.mod":          "module handlers\n\ngo 1.26\n",
		"command/main.go": "package main\n\nimport \"handlers/run\"\n\nfunc main() { run.Main() }\n",
		"x_wsh.go":        using("handlers/run", "run.Main()"),
	}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	root := sharing(t, files)
	compiled := exec.CommandContext(t.Context(), "go", "run", "./command")
	compiled.Dir = root
	compiled.Env = append(compiled.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := compiled.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := strings.TrimSpace(string(out))
	if got := shared(t, Config{}, root); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
