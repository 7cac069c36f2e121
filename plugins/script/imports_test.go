package script

import (
	"maps"
	"strings"
	"testing"

	"wshd/plugins/script/check"
)

func TestConfigOpensPackages(t *testing.T) {
	for _, tt := range []struct {
		name    string
		imports []string
		path    string
		want    string // "": it can be imported
	}{
		{"default", nil, "strings", ""},
		{"default by name", []string{"default"}, "strings", ""},
		{"closed", nil, "os", `import "os" is not open to scripts: it reaches the machine past the host; scripts.imports: [default, os] opens it`},
		{"closed, with others open", []string{"default", "net"}, "os", `scripts.imports: [default, net, os] opens it`},
		{"opened", []string{"default", "os", "net"}, "os", ""},
		{"without default", []string{"os"}, "strings", `import "strings" is not open to scripts: default is not in scripts.imports; scripts.imports: [os, strings] opens it`},
		{"none at all", []string{}, "strings", `scripts.imports: [strings] opens it`},
		{"none but one", []string{"strings"}, "strings", ""},
		{"never", []string{"default"}, "unsafe", `import "unsafe" cannot be had in scripts: it can break the whole host`},
		{"never, below", nil, "runtime/debug", `import "runtime/debug" cannot be had in scripts: it looks at the host`},
		{"for tests", nil, "wshd/plugins/wsh/wshtest", `it is for tests, in files that end in _test.go`},
		{"mistyped", nil, "string", `import "string" is not known; did you mean "strings"?`},
		{"mistyped, of those closed", nil, "path/filpath", `did you mean "path/filepath"?`},
		{"without its folder", nil, "json", `did you mean "encoding/json"?`},
		{"unknown", nil, "zzzzzz", `import "zzzzzz" is not known`},
		{"WebSocket by hand", nil, "github.com/coder/websocket", `is not needed: wshd speaks WebSocket, and gives a handler its messages by wshd/plugins/wsh`},
		{"the host's own, as on a website", nil, "github.com/you/wshd/plugins/wsh", `did you mean "wshd/plugins/wsh"?`},
		{"taken over by Go", nil, "golang.org/x/exp/slices", `did you mean "slices"?`},
		{"ends like one", nil, "example.com/mirror/encoding/json", `did you mean "encoding/json"?`},
		{"one word alike", nil, "example.com/strings", `is not in vendor`},
		{"of others", nil, "github.com/a/b", `import "github.com/a/b" is not in vendor: run go mod vendor there`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "package main\n\nimport (\n\t_ \"" + tt.path + "\"\n\t\"wshd/plugins/wsh\"\n)\n" + required
			_, err := Load(t.Context(), Config{Imports: tt.imports}, write(t, map[string]string{"x_wsh.go": text}), "x")
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), "x_wsh.go:4:4: ") || !strings.HasSuffix(err.Error(), tt.want) && !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestOpenedPackagesWork(t *testing.T) {
	text := `package main

import (
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"wshd/plugins/wsh"
)
` + required + `
func kind() (kind string) {
	defer func() {
		_, ok := recover().(runtime.Error)
		kind = map[bool]string{true: "runtime error", false: "panic"}[ok]
	}()
	var m map[string]int
	if runtime.GOOS != "" && runtime.NumCPU() > 0 {
		m["a"] = 1
	}
	return ""
}

func init() {
	name := filepath.Join(os.TempDir(), "a", "..", "b")
	a, b := net.Pipe()
	go func() { a.Write([]byte("through")); a.Close() }()
	got := make([]byte, 7)
	n, _ := b.Read(got)
	_, err := os.Open(name + "/nothing/here")
	_, unknown := sql.Open("none", "")
	println(string(got[:n]), os.IsNotExist(err), exec.Command("x", "y").Args[1], unknown.Error(), kind())
}
`
	var got string
	c := Config{Imports: []string{"default", "database/sql", "net", "os", "os/exec", "path/filepath", "runtime"}, Output: func(_, line string) { got = line }}
	if _, err := Load(t.Context(), c, write(t, map[string]string{"x_wsh.go": text}), "x"); err != nil {
		t.Fatal(err)
	}
	if want := `through true y sql: unknown driver "none" (forgotten import?) runtime error`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPackagesAreOpenedForOneModuleAlone: the rest of the root may not import them.
func TestPackagesAreOpenedForOneModuleAlone(t *testing.T) {
	files := map[string]string{
		"vendor/modules.txt":               "# example.com/db v1.0.0\nexample.com/db/inner\n# example.com/db2 v1.0.0\nexample.com/db2\n",
		"vendor/example.com/db/inner/x.go": "package inner\n\nimport \"os\"\n\nfunc Name() string { return os.Args[0] }\n",
		"vendor/example.com/db2/x.go":      "package db2\n\nimport \"os\"\n\nfunc Name() string { return os.Args[0] }\n",
	}
	for _, tt := range []struct{ imports, uses, want string }{
		{"default|os in example.com/db", "example.com/db/inner", ""},
		{"default|os in example.com/db/inner", "example.com/db/inner", ""},
		{"default|os in example.com/db", "example.com/db2", "scripts.imports: [default, os in example.com/db, os in example.com/db2] opens it"},
		{"default|os in example.com/db", "os", `import "os" is not open to scripts`},
		{"default", "example.com/db/inner", "scripts.imports: [default, os in example.com/db] opens it"},
	} {
		all := maps.Clone(files)
		all["x_wsh.go"] = "package main\n\nimport (\n\t_ \"" + tt.uses + "\"\n\t\"wshd/plugins/wsh\"\n)\n" + required
		got := shared(t, Config{Imports: strings.Split(tt.imports, "|")}, sharing(t, all))
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s, which imports %s: got %v, want %s", tt.imports, tt.uses, got, tt.want)
		}
	}
	for entry, want := range map[string]string{"os in example.com/x": "", "os in ": "after the package", "oss in example.com/x": "did you mean os?", "default in example.com/x": "there is no package default"} {
		if err := check.Imports([]string{entry}); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %s", entry, err, want)
		}
	}
}
