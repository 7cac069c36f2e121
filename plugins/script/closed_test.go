package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wshd/plugins/script"
)

// source is a file of declarations, separated by semicolons, that also uses a module.
func source(text string) string {
	imports, rest := `import "example.com/x"`, "var _ = x.Y"
	for _, line := range strings.Split(text, "; ") {
		if strings.HasPrefix(line, "import ") {
			imports += "\n" + line
		} else {
			rest += "\n" + line
		}
	}
	return "package main\n" + imports + "\n" + rest + "\n"
}

// TestWhatIsClosedToCompiledHandlers has scripts that something else, example.com/x, has compiled.
func TestWhatIsClosedToCompiledHandlers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		imports []string
		text    string
		want    string // "": nothing is closed
	}{
		{"what scripts may do", nil, `import "net/http"; import "reflect"; var _ = http.StatusText(reflect.TypeOf(x.Y).NumField())`, ""},
		{"a package", nil, `import "os"; var _ = os.Args`, `:3:8: import "os" is not open to scripts`},
		{"a function", nil, `import "net/http"; func f() { http.ListenAndServe("", x.Y) }`, "net/http.ListenAndServe is not open to scripts: it does what package net is closed for"},
		{"a method", nil, `import "net/http"; func f(s *http.Server) { s.ListenAndServe() }`, "(*net/http.Server).ListenAndServe is not open to scripts: it does what package net is closed for"},
		{"a function as a value", nil, `import "text/template"; var f = template.ParseFiles`, "text/template.ParseFiles is not open to scripts: it does what package os is closed for"},
		{"by another name", nil, `import t "html/template"; var f = t.ParseGlob`, "html/template.ParseGlob is not open to scripts: it does what package os is closed for"},
		{"opened", []string{"default", "os", "net"}, `import "net/http"; import "os"; func f() { http.ListenAndServe(os.Args[0], x.Y) }`, ""},
		{"the other opened", []string{"default", "os"}, `import "net/http"; func f() { http.ListenAndServe("", x.Y) }`, "does what package net is closed for"},
		{"by name only", nil, `import _ "unsafe"`, "opens it to those that are compiled"},
		{"its own of that name", nil, `type http struct{}; func (http) ListenAndServe() {}; func f(h http) { h.ListenAndServe() }`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x_wsh.go")
			if err := os.WriteFile(file, []byte(source(tt.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			got := ""
			if list := (script.Config{Imports: tt.imports}).Closed(file); len(list) > 0 {
				got = list.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
