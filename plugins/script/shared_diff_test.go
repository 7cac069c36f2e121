package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// TestModulesOfOthersRun takes packages that others wrote, which happen to be in the module cache, as
// go mod vendor would lay them.
func TestModulesOfOthersRun(t *testing.T) {
	for _, tt := range []struct {
		name, imports, body, want string
		packages                  []string
	}{
		{"passwords", "\"golang.org/x/crypto/bcrypt\"",
			"h, err := bcrypt.GenerateFromPassword([]byte(\"x\"), 4); println(err == nil, bcrypt.CompareHashAndPassword(h, []byte(\"x\")) == nil, bcrypt.CompareHashAndPassword(h, []byte(\"y\")) == nil)",
			"true true false", []string{"golang.org/x/crypto/bcrypt", "golang.org/x/crypto/blowfish"}},
		{"goroutines", "\"errors\"; \"golang.org/x/sync/errgroup\"",
			"var g errgroup.Group; g.SetLimit(2); for i := range 10 { g.Go(func() error { if i == 7 { return errors.New(\"seven\") }; return nil }) }; println(g.Wait().Error())",
			"seven", []string{"golang.org/x/sync/errgroup"}},
		{"versions", "\"golang.org/x/mod/semver\"",
			"l := []string{\"v1.10.0\", \"v1.2.0\", \"v1.2.0-rc1\"}; semver.Sort(l); println(l[0], l[1], l[2])",
			"v1.2.0-rc1 v1.2.0 v1.10.0", []string{"golang.org/x/mod/semver"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"x_wsh.go": "package main\n\nimport (" + tt.imports + "; \"wshd/plugins/wsh\")\n" + required + "func init() { " + tt.body + " }\n"}
			for _, path := range tt.packages {
				dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", path).Output()
				if err != nil {
					t.Skipf("%s is not here: %v", path, err)
				}
				names, err := filepath.Glob(strings.TrimSpace(string(dir)) + "/*.go")
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range names {
					if !IsGo(filepath.Base(name)) {
						continue
					}
					text, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					files["vendor/"+path+"/"+filepath.Base(name)] = string(text)
				}
			}
			if got := shared(t, Config{CPU: 5 * time.Minute}, sharing(t, files)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
